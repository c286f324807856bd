//! The table's shape: key attributes, the three sparse indexes, the attribute that `DynamoDB`'s clean-up looks at.
//!
//! The in-memory twin keeps its indexes by the same constants. The template declares the same shape for AWS.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TimeToLiveSpecification,
};

use super::error;
use crate::table::TableResult;

/// Partition attribute of the table.
pub const PK: &str = "pk";
/// Sort attribute of the table.
pub const SK: &str = "sk";
/// Seconds since 1970 after which `DynamoDB` may delete the item, late and in no order.
pub const EXPIRES_AT: &str = "expires_at";

/// A global secondary index. It is sparse: an item without its key attributes is not in it.
#[derive(Debug)]
pub struct Index {
    /// Name, as in `Query::index`.
    pub name: &'static str,
    /// Partition attribute, a string.
    pub partition: &'static str,
    /// Sort attribute, a number.
    pub sort: Option<&'static str>,
    /// Attributes it carries besides its own keys and the table's.
    pub include: &'static [&'static str],
}

impl Index {
    /// Attributes of its key and of the table's.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        [PK, SK, self.partition].into_iter().chain(self.sort)
    }

    /// Whether a query of this index can answer with the attribute.
    pub fn has(&self, attribute: &str) -> bool {
        self.keys().any(|key| key == attribute) || self.include.contains(&attribute)
    }
}

/// Connections by the time at which they are due.
pub const DUE: Index =
    Index { name: "due", partition: "due_shard", sort: Some("due_at"), include: &["tenant", "connection"] };

/// Connections by the hash of the token in their webhook address.
pub const WEBHOOK: Index =
    Index { name: "webhook", partition: "webhook_token", sort: None, include: &["tenant", "connection", "connector"] };

/// Connections by the vendor account that they are connected to, since when.
pub const ACCOUNT: Index =
    Index { name: "account", partition: "account", sort: Some("account_since"), include: &["tenant", "connection"] };

/// All indexes.
pub const INDEXES: [&Index; 3] = [&DUE, &WEBHOOK, &ACCOUNT];

/// The request that creates the table, without the clean-up setting, which `DynamoDB` takes apart from it.
pub fn create_table(client: &Client, table_name: &str) -> Result<CreateTableFluentBuilder, BuildError> {
    let mut request = client
        .create_table()
        .table_name(table_name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(PK, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(SK, ScalarAttributeType::S)?)
        .key_schema(key(PK, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?);
    for index in INDEXES {
        let mut built = GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .key_schema(key(index.partition, KeyType::Hash)?)
            .projection(
                Projection::builder()
                    .projection_type(ProjectionType::Include)
                    .set_non_key_attributes(Some(index.include.iter().map(|&name| name.to_owned()).collect()))
                    .build(),
            );
        request = request.attribute_definitions(attribute(index.partition, ScalarAttributeType::S)?);
        if let Some(sort) = index.sort {
            request = request.attribute_definitions(attribute(sort, ScalarAttributeType::N)?);
            built = built.key_schema(key(sort, KeyType::Range)?);
        }
        request = request.global_secondary_indexes(built.build()?);
    }
    Ok(request)
}

/// Creates the table with its clean-up setting, for local use and tests. A table that exists is left as it is.
pub async fn create(client: &Client, table_name: &str) -> TableResult<()> {
    let invalid = super::incomplete("create_table");
    match create_table(client, table_name).map_err(&invalid)?.send().await.map_err(aws_sdk_dynamodb::Error::from) {
        Err(aws_sdk_dynamodb::Error::ResourceInUseException(_)) => return Ok(()),
        answer => answer.map_err(|source| error::without_condition("create_table", source))?,
    };
    let expiry =
        TimeToLiveSpecification::builder().attribute_name(EXPIRES_AT).enabled(true).build().map_err(&invalid)?;
    let request = client.update_time_to_live().table_name(table_name).time_to_live_specification(expiry);
    request.send().await.map_err(|source| error::without_condition("update_time_to_live", source.into()))?;
    Ok(())
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}
