//! Autotask's JSON as it arrives: every field optional, no logic, names in lower case ([`crate::any_case`]).

use connector::lenient::{Flag, Int, Text};
use serde::Deserialize;

/// A row of `Companies`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Company {
    pub(crate) id: Int,
    pub(crate) companyname: Text,
    pub(crate) companytype: Int,
    pub(crate) isactive: Flag,
    pub(crate) phone: Text,
    pub(crate) city: Text,
    pub(crate) webaddress: Text,
    pub(crate) lastactivitydate: Text,
    pub(crate) lasttrackedmodifieddatetime: Text,
}

/// A row of `Contacts`. `isActive` is 1 or 0 here and a flag everywhere else.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contact {
    pub(crate) id: Int,
    pub(crate) companyid: Int,
    pub(crate) firstname: Text,
    pub(crate) lastname: Text,
    pub(crate) isactive: Flag,
    pub(crate) primarycontact: Flag,
    pub(crate) emailaddress: Text,
    pub(crate) phone: Text,
    pub(crate) mobilephone: Text,
    pub(crate) title: Text,
    pub(crate) createdate: Text,
    pub(crate) lastmodifieddate: Text,
    pub(crate) lastactivitydate: Text,
}

/// A row of `Resources`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resource {
    pub(crate) id: Int,
    pub(crate) firstname: Text,
    pub(crate) lastname: Text,
    pub(crate) email: Text,
    pub(crate) username: Text,
    pub(crate) isactive: Flag,
    pub(crate) licensetype: Int,
    pub(crate) title: Text,
    pub(crate) officephone: Text,
}

/// A row of `Tickets`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ticket {
    pub(crate) id: Int,
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) companyid: Int,
    pub(crate) contactid: Int,
    pub(crate) status: Int,
    pub(crate) priority: Int,
    pub(crate) queueid: Int,
    pub(crate) tickettype: Int,
    pub(crate) ticketcategory: Int,
    pub(crate) assignedresourceid: Int,
    pub(crate) createdate: Text,
    pub(crate) completeddate: Text,
    pub(crate) lastactivitydate: Text,
    pub(crate) lasttrackedmodificationdatetime: Text,
    pub(crate) externalid: Text,
}

/// A row of `TicketNotes`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TicketNote {
    pub(crate) id: Int,
    pub(crate) ticketid: Int,
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) publish: Int,
    pub(crate) createdatetime: Text,
    pub(crate) creatorresourceid: Int,
    pub(crate) createdbycontactid: Int,
}

/// A row of `DeletedTicketLogs`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeletedTicket {
    pub(crate) id: Int,
    pub(crate) ticketid: Int,
    pub(crate) tickettitle: Text,
}

/// A row of `ContactGroups`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ContactGroup {
    pub(crate) id: Int,
    pub(crate) name: Text,
    pub(crate) isactive: Flag,
}

/// A row of `ContactGroupContacts`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Membership {
    pub(crate) id: Int,
    pub(crate) contactid: Int,
    pub(crate) contactgroupid: Int,
}

/// A row of `ResourceRoles`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ResourceRole {
    pub(crate) id: Int,
    pub(crate) roleid: Int,
    pub(crate) queueid: Int,
    pub(crate) isactive: Flag,
}

/// A row of `CompanyWebhooks`, `ContactWebhooks` or `TicketWebhooks`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Webhook {
    pub(crate) id: Int,
    pub(crate) webhookurl: Text,
    pub(crate) isactive: Flag,
    pub(crate) isready: Flag,
}

/// A row below a webhook: a watched field or an excluded resource.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WebhookPart {
    pub(crate) id: Int,
    pub(crate) fieldid: Int,
    pub(crate) resourceid: Int,
}

/// A field as `entityInformation/fields` tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Field {
    pub(crate) name: Text,
    pub(crate) picklistvalues: Option<Vec<crate::any_case::AnyCase<PicklistValue>>>,
}

/// A picklist's value: text here, a number in records.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PicklistValue {
    pub(crate) value: Text,
    pub(crate) label: Text,
    pub(crate) isdefaultvalue: Flag,
    pub(crate) sortorder: Int,
    pub(crate) isactive: Flag,
}

/// `zoneInformation`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Zone {
    pub(crate) url: Text,
    pub(crate) ci: Int,
}

/// `ThresholdInformation`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Threshold {
    pub(crate) externalrequestthreshold: Int,
    pub(crate) currenttimeframerequestcount: Int,
}

/// The answer to a write.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Written {
    pub(crate) itemid: Int,
}

/// The answer to `query/count`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Counted {
    pub(crate) querycount: Int,
}

/// What stands beside a page's rows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Page {
    #[serde(rename = "pageDetails")]
    pub(crate) details: crate::any_case::AnyCase<PageDetails>,
}

/// Where a page stands in its list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageDetails {
    /// Rows of the page.
    pub(crate) count: Int,
    pub(crate) nextpageurl: Text,
}
