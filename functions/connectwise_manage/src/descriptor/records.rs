//! The record types: feeds, what the API cannot do, and how fields map.

use connector::field::{both, pull};
use connector::{Changes, Direction, Feed, RecordTypeDescriptor};
use domain::record::RecordType;

pub(super) const ALL: &[RecordTypeDescriptor] = &[COMPANIES, CONTACTS, USERS, TICKETS];

const COMPANIES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Companies",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some("Sites are not read: ConnectWise lists them only company by company."),
    feeds: &[Feed {
        id: "companies",
        produces: RecordType::Companies,
        changes: Changes::Filtered,
        completes: false,
        permission: "Companies > Company Maintenance: Inquire All",
        ..Feed::USUAL
    }],
    fields: &[
        pull("name", "name", "as is; deleted companies and the built-in \"Catchall\" are left out"),
        pull("status", "inactive", "set where the status is marked inactive"),
        pull("website", "domains", "its host without www."),
        pull("phoneNumber", "phone", "as is"),
        pull("parentCompany", "subtitle", "the parent's name, else the city"),
        pull("types", "types", "the names, sorted"),
        pull("defaultContact", "primary_contact", "the company's default contact"),
    ],
};

const CONTACTS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Contacts,
    label: "Contacts",
    direction: Direction::Pull,
    default_on: true,
    limitation: None,
    feeds: &[Feed {
        id: "contacts",
        produces: RecordType::Contacts,
        changes: Changes::Filtered,
        completes: true,
        permission: "Companies > Contacts: Inquire All",
        ..Feed::USUAL
    }],
    fields: &[
        pull("firstName, lastName", "name", "both together, else the e-mail address"),
        pull("firstName", "first_name", "as is"),
        pull("lastName", "last_name", "as is"),
        pull("communicationItems: Email", "email", "the default one, else the first"),
        pull("communicationItems: Phone", "phone", "the default one, else the first, with its extension"),
        pull("communicationItems: Mobile or Cell", "mobile", "the first, with its extension"),
        pull("title", "title", "as is"),
        pull("inactiveFlag", "inactive", "as is"),
        pull("company", "company", "the company they belong to"),
        pull("types", "types", "the names of all their types, sorted"),
        pull("defaultFlag", "primary", "as is: the company's default contact"),
    ],
};

const USERS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Users,
    label: "Members",
    direction: Direction::Both,
    default_on: true,
    limitation: Some(
        "Creating a member takes one of your licensed ConnectWise seats. It needs a security role chosen in the options. \
         ConnectWise refuses to deactivate a member who still has open work.",
    ),
    feeds: &[Feed {
        id: "members",
        produces: RecordType::Users,
        changes: Changes::Filtered,
        completes: false,
        permission: "System > Member Maintenance: Inquire All",
        ..Feed::USUAL
    }],
    fields: &[
        both("firstName, lastName", "name", "both together, else the identifier; API members are left out"),
        both("primaryEmail", "email", "written to the address that defaultEmail names: office, mobile or home"),
        both("officePhone", "phone", "the number that defaultPhone names: office, mobile or home"),
        both("title", "title", "as is"),
        both("inactiveFlag", "active", "the opposite"),
    ],
};

const TICKETS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Tickets,
    label: "Service tickets",
    direction: Direction::Both,
    default_on: true,
    limitation: Some(
        "Tickets of projects are left out, and so is what is noted in time entries. A title has 100 characters at most; a \
         longer one begins the description. The description cannot be changed afterwards.",
    ),
    feeds: &[Feed {
        id: "tickets",
        produces: RecordType::Tickets,
        changes: Changes::Filtered,
        completes: true,
        permission: "Service Desk > Service Tickets: Inquire All",
        ..Feed::USUAL
    }],
    fields: &[
        both("summary", "title", "as is"),
        pull("initialDescription", "description", "the first public note, if it was written with the ticket"),
        both("status", "status", "the id, which belongs to one board; stages map it"),
        both("priority", "priority", "the id"),
        both("type", "ticket_type", "the id, which belongs to one board"),
        pull("subType", "category", "the name; set when the portal creates a ticket"),
        pull("board", "board", "the id; set when the portal creates a ticket"),
        both("owner", "assignee", "the member"),
        pull("company", "company", "set when the portal creates a ticket"),
        pull("contact", "contact", "set when the portal creates a ticket"),
        pull("closedFlag", "closed", "set by the server where the status is a closed one"),
        pull("_info.dateEntered", "created_at", "as is"),
        pull("_info.lastUpdated", "last_activity_at", "as is"),
        pull("closedDate", "closed_at", "once closed"),
        both("externalXRef", "external_reference", "our reference on tickets that the portal created"),
        both("notes", "notes", "oldest first; public only if on the tab Discussion and not on the tab Internal"),
    ],
};
