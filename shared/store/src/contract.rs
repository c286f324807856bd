//! What every implementation of the port does, told once and run on both: the in-memory twin, and the SDK against an
//! embedded `DynamoDB`.

mod batches;
mod conditions;
mod fixture;
mod indexes;
mod limits;
mod queries;
mod random;
mod transactions;
mod updates;

/// Makes of each story a test on either table.
macro_rules! on_both {
    ($($chapter:ident: $($story:ident),+;)+) => {
        mod memory {
            $(mod $chapter {
                $(#[tokio::test]
                async fn $story() {
                    crate::contract::$chapter::$story(&crate::memory::MemoryTable::new()).await;
                })+
            })+
        }

        mod dynamodb {
            $(mod $chapter {
                $(#[tokio::test]
                async fn $story() {
                    crate::contract::$chapter::$story(&crate::contract::fixture::dynamo_table().await).await;
                })+
            })+
        }
    };
}

on_both! {
    updates:
        what_was_put_is_read_until_it_is_deleted,
        numbers_have_one_spelling,
        an_update_changes_what_it_names_and_returns_the_whole_item,
        an_update_makes_the_item_that_is_absent,
        an_attribute_is_set_only_if_it_is_absent,
        numbers_are_added_and_an_absent_one_is_zero,
        an_update_that_contradicts_itself_is_refused,
        nothing_can_be_added_to_a_text,
        an_item_past_its_time_to_live_is_only_data;
    conditions:
        each_condition_holds_when_it_should,
        a_condition_that_cannot_be_asked_is_refused,
        a_failed_put_shows_the_existing_item,
        a_failed_update_changes_nothing,
        a_failed_delete_keeps_the_item;
    transactions:
        all_parts_are_applied_together,
        one_failed_condition_applies_nothing_and_names_the_parts,
        a_check_guards_without_writing,
        a_part_that_cannot_be_applied_applies_nothing,
        nothing_to_do_is_done,
        a_hundred_parts_fit_and_one_more_does_not,
        a_key_must_not_appear_twice,
        four_megabytes_are_the_limit,
        an_update_must_change_something;
    queries:
        a_partition_is_read_in_order_of_its_sort_keys,
        a_prefix_selects_what_begins_with_it,
        a_range_includes_both_ends,
        a_limit_makes_pages_that_join_without_gap,
        pages_join_in_descending_order_too,
        without_a_limit_all_megabytes_are_read,
        a_page_ends_at_a_megabyte,
        only_the_named_attributes_are_read,
        a_query_that_makes_no_sense_is_refused;
    indexes:
        an_index_holds_only_items_with_its_attributes,
        an_index_is_ordered_by_number,
        an_index_shows_its_own_attributes,
        equal_sort_values_page_without_gap,
        a_webhook_token_finds_its_connection,
        an_index_refuses_what_it_cannot_answer;
    batches:
        more_than_one_request_of_writes_and_reads,
        puts_and_deletes_mix,
        a_key_is_written_once_and_may_be_asked_for_twice,
        many_megabytes_are_read_to_the_end,
        only_the_named_attributes_come_back,
        empty_batches_do_nothing;
    limits:
        an_item_of_400_kilobytes_fits_and_one_byte_more_does_not,
        an_item_must_not_grow_too_large,
        every_type_of_value_weighs_what_it_should,
        keys_must_not_be_empty_or_too_long,
        values_that_cannot_be_kept_are_refused;
}
