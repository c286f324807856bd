//! The entities with their fields, as `entityInformation/fields` tells them.
//!
//! A field is written `name:type` and what else is true of it: `*` required at creation, `r` read-only, `q` not queryable,
//! `w` may be watched by a webhook, `>Entity` a reference.

use std::sync::LazyLock;

use super::picklists;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Long,
    Text,
    Boolean,
    Date,
    Decimal,
    /// An integer out of a list.
    Picklist,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) read_only: bool,
    pub(super) queryable: bool,
    pub(super) webhook: bool,
    pub(super) reference: Option<&'static str>,
}

/// One entity.
#[derive(Debug)]
pub(super) struct Entity {
    /// As in paths.
    pub(super) name: &'static str,
    /// As in error messages and `referenceEntityType`.
    pub(super) singular: &'static str,
    /// The product's name of the list, for faults and denials.
    pub(super) record_type: Option<&'static str>,
    pub(super) fields: Vec<Field>,
    /// Entity under which its rows are written, with the name they have there and the field that names the parent; rows
    /// without one are written at the top.
    pub(super) parent: Option<Parent>,
    pub(super) can_create: bool,
    pub(super) can_update: bool,
    pub(super) can_delete: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) entity: &'static str,
    pub(super) child: &'static str,
    pub(super) field: &'static str,
}

impl Entity {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Which of `CompanyWebhooks`, `ContactWebhooks`, `TicketWebhooks` tells of its changes.
    pub(super) fn webhooks(&self) -> Option<&'static str> {
        match self.name {
            "Companies" => Some("CompanyWebhooks"),
            "Contacts" => Some("ContactWebhooks"),
            "Tickets" => Some("TicketWebhooks"),
            _ => None,
        }
    }
}

impl Kind {
    pub(super) const fn data_type(self) -> &'static str {
        match self {
            Self::Integer | Self::Picklist => "integer",
            Self::Long => "long",
            Self::Text => "string",
            Self::Boolean => "boolean",
            Self::Date => "datetime",
            Self::Decimal => "double",
        }
    }
}

/// Every entity.
pub(super) fn entities() -> &'static [Entity] {
    static ENTITIES: LazyLock<Vec<Entity>> = LazyLock::new(build);
    &ENTITIES
}

pub(super) fn entity(name: &str) -> Option<&'static Entity> {
    entities().iter().find(|entity| entity.name.eq_ignore_ascii_case(name))
}

const COMPANY: &str = "id:long:r companyName:text:*w companyNumber:text companyType:pick:*w isActive:flag:w phone:text:*w \
    ownerResourceID:int:*w>Resource address1:text address2:text city:text:w state:text postalCode:text countryID:int \
    additionalAddressInformation:text alternatePhone1:text alternatePhone2:text fax:text webAddress:text:w \
    parentCompanyID:int:w>Company classification:pick territoryID:pick marketSegmentID:pick competitorID:pick taxID:text \
    taxRegionID:int isTaxExempt:flag currencyID:int sicCode:text stockMarket:text stockSymbol:text billToAddressToUse:int \
    billToAttention:text billingAddress1:text billingAddress2:text billToCity:text billToState:text billToZipCode:text \
    billToCountryID:int billToCompanyLocationID:int billToAdditionalAddressInformation:text invoiceMethod:int \
    invoiceTemplateID:int invoiceEmailMessageID:int quoteTemplateID:int quoteEmailMessageID:int \
    invoiceNonContractItemsToParentCompany:flag assetValue:double:q surveyCompanyRating:double:r \
    isClientPortalActive:flag isTaskFireActive:flag isEnabledForComanaged:flag apiVendorID:int:r \
    createdByResourceID:int:r impersonatorCreatorResourceID:int:r createDate:date:r lastActivityDate:date:r \
    lastTrackedModifiedDateTime:date:r";

const CONTACT: &str = "id:long:r companyID:int:*w>Company firstName:text:*w lastName:text:*w isActive:int:*w \
    primaryContact:flag:w emailAddress:text:w emailAddress2:text emailAddress3:text phone:text:w extension:text \
    alternatePhone:text mobilePhone:text:w faxNumber:text title:text:w addressLine:text addressLine1:text city:text \
    state:text zipCode:text countryID:int additionalAddressInformation:text companyLocationID:int middleInitial:text \
    namePrefix:pick nameSuffix:pick externalID:text note:text roomNumber:text facebookUrl:text linkedInUrl:text \
    twitterUrl:text receivesEmailNotifications:flag solicitationOptOut:flag:q surveyOptOut:flag:q \
    isOptedOutFromBulkEmail:flag:q solicitationOptOutTime:date:r bulkEmailOptOutTime:date:r createDate:date:r \
    lastModifiedDate:date:r lastActivityDate:date:r apiVendorID:int:r impersonatorCreatorResourceID:int:r";

const RESOURCE: &str = "id:long:r firstName:text:* lastName:text:* middleName:text email:text:* email2:text email3:text \
    userName:text:* isActive:flag resourceType:text userType:pick:* licenseType:pick:* title:text officePhone:text \
    officeExtension:text mobilePhone:text homePhone:text locationID:pick:* hireDate:date initials:text \
    defaultServiceDeskRoleID:long:rq payrollType:pick:* internalCost:double dateFormat:text timeFormat:text \
    numberFormat:text gender:text greeting:pick suffix:pick emailTypeCode:text emailTypeCode2:text emailTypeCode3:text \
    accountingReferenceID:text travelAvailabilityPct:text surveyResourceRating:double:r";

const TICKET: &str = "id:long:r ticketNumber:text:r title:text:*w description:text:w companyID:int:*w>Company \
    contactID:int:w>Contact status:pick:*w priority:pick:*w queueID:pick:w ticketType:pick:w ticketCategory:pick:w \
    source:pick:w issueType:pick:w subIssueType:pick:w assignedResourceID:int:w>Resource assignedResourceRoleID:int:w \
    createDate:date:r dueDateTime:date:*w completedDate:date:r resolvedDateTime:date:r lastActivityDate:date:r \
    lastTrackedModificationDateTime:date:r lastCustomerNotificationDateTime:date:r \
    lastCustomerVisibleActivityDateTime:date:r creatorResourceID:int:r creatorType:int:rq lastActivityResourceID:int:r \
    lastActivityPersonType:int:rq completedByResourceID:int:r contractID:int configurationItemID:int \
    contractServiceBundleID:long contractServiceID:long companyLocationID:int projectID:int problemTicketId:int \
    opportunityID:int billingCodeID:int resolution:text:w estimatedHours:double hoursToBeScheduled:double:r \
    externalID:text:w purchaseOrderNumber:text firstResponseAssignedResourceID:int:r \
    firstResponseInitiatingResourceID:int:r firstResponseDateTime:date:r firstResponseDueDateTime:date:r \
    resolutionPlanDateTime:date:r resolutionPlanDueDateTime:date:r resolvedDueDateTime:date:r \
    serviceLevelAgreementID:pick serviceLevelAgreementHasBeenMet:flag:r \
    serviceLevelAgreementPausedNextEventHours:double:r changeApprovalBoard:int changeApprovalStatus:int \
    changeApprovalType:int changeInfoField1:text changeInfoField2:text changeInfoField3:text changeInfoField4:text \
    changeInfoField5:text rmaStatus:int:r rmaType:int:r rmmAlertID:text:r monitorID:int monitorTypeID:int apiVendorID:int:r \
    impersonatorCreatorResourceID:int:r organizationalLevelAssociationID:int currentServiceThermometerRating:int \
    previousServiceThermometerRating:int serviceThermometerTemperature:int";

const NOTE: &str = "id:long:r ticketID:int:*>Ticket title:text description:text:* noteType:pick:* publish:pick:* \
    createDateTime:date:r creatorResourceID:int:r lastActivityDate:date:r impersonatorCreatorResourceID:int:r \
    impersonatorUpdaterResourceID:int:r";

const WEBHOOK: &str = "id:long:r name:text:* webhookUrl:text:* deactivationUrl:text:* secretKey:text:* isActive:flag:* \
    sendThresholdExceededNotification:flag:* isSubscribedToCreateEvents:flag isSubscribedToUpdateEvents:flag \
    isSubscribedToDeleteEvents:flag notificationEmailAddress:text ownerResourceID:int:r webhookGUID:text:r isReady:flag:r";
const WEBHOOK_FIELD: &str =
    "id:long:r webhookID:int:* fieldID:pick:* isSubscribedField:flag:* isDisplayAlwaysField:flag:*";
const EXCLUDED: &str = "id:long:r webhookID:int:* resourceID:int:*>Resource";

fn build() -> Vec<Entity> {
    let plain = |name, singular, record_type, fields| Entity {
        name,
        singular,
        record_type,
        fields: parse(fields),
        parent: None,
        can_create: false,
        can_update: false,
        can_delete: false,
    };
    let under = |entity, child, field| Some(Parent { entity, child, field });
    let mut all = vec![
        Entity { can_create: true, can_update: true, ..plain("Companies", "Company", Some("companies"), COMPANY) },
        Entity {
            parent: under("Companies", "Contacts", "companyID"),
            can_create: true,
            can_update: true,
            can_delete: true,
            ..plain("Contacts", "Contact", Some("contacts"), CONTACT)
        },
        // Technicians are made in the screens: they take a licence.
        Entity { can_update: true, ..plain("Resources", "Resource", Some("resources"), RESOURCE) },
        Entity { can_create: true, can_update: true, ..plain("Tickets", "Ticket", Some("tickets"), TICKET) },
        Entity {
            parent: under("Tickets", "Notes", "ticketID"),
            can_create: true,
            can_update: true,
            ..plain("TicketNotes", "TicketNote", Some("notes"), NOTE)
        },
        Entity {
            can_create: true,
            can_update: true,
            can_delete: true,
            ..plain("ContactGroups", "ContactGroup", Some("contact_groups"), "id:long:r name:text:* isActive:flag:*")
        },
        Entity {
            parent: under("ContactGroups", "Contacts", "contactGroupID"),
            can_create: true,
            can_delete: true,
            ..plain(
                "ContactGroupContacts",
                "ContactGroupContact",
                Some("contact_groups"),
                "id:long:r contactID:int:*>Contact contactGroupID:int:*>ContactGroup",
            )
        },
        plain(
            "ResourceRoles",
            "ResourceRole",
            Some("resource_roles"),
            "id:long:r resourceID:long>Resource roleID:long queueID:long departmentID:long isActive:flag",
        ),
        plain(
            "DeletedTicketLogs",
            "DeletedTicketLog",
            Some("deleted_tickets"),
            "id:long:r ticketID:int:r ticketNumber:text:r ticketTitle:text:r deletedByResourceID:int:r \
             deletedDateTime:date:r",
        ),
        Entity {
            can_delete: true,
            ..plain(
                "WebhookEventErrorLogs",
                "WebhookEventErrorLog",
                Some("webhooks"),
                "id:long:r accountWebhookID:int:r contactWebhookID:int:r createDateTime:date:r errorMessage:text:r \
                 payload:text:r sequenceNumber:int:r",
            )
        },
    ];
    for (webhooks, fields, excluded, singular) in [
        ("CompanyWebhooks", "CompanyWebhookFields", "CompanyWebhookExcludedResources", "CompanyWebhook"),
        ("ContactWebhooks", "ContactWebhookFields", "ContactWebhookExcludedResources", "ContactWebhook"),
        ("TicketWebhooks", "TicketWebhookFields", "TicketWebhookExcludedResources", "TicketWebhook"),
    ] {
        let written = |entity: Entity| Entity { can_create: true, can_delete: true, ..entity };
        let webhook = plain(webhooks, singular, Some("webhooks"), WEBHOOK);
        all.push(Entity { can_update: true, ..written(webhook) });
        let field = plain(fields, singular, Some("webhooks"), WEBHOOK_FIELD);
        all.push(written(Entity { parent: under(webhooks, "Fields", "webhookID"), can_update: true, ..field }));
        let exclusion = plain(excluded, singular, Some("webhooks"), EXCLUDED);
        all.push(written(Entity { parent: under(webhooks, "ExcludedResources", "webhookID"), ..exclusion }));
    }
    all
}

fn parse(text: &'static str) -> Vec<Field> {
    text.split_whitespace()
        .map(|word| {
            let (word, reference) =
                word.split_once('>').map_or((word, None), |(word, reference)| (word, Some(reference)));
            let mut parts = word.split(':');
            let (name, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let flags = parts.next().unwrap_or_default();
            let kind = match kind {
                "int" => Kind::Integer,
                "long" => Kind::Long,
                "flag" => Kind::Boolean,
                "date" => Kind::Date,
                "double" => Kind::Decimal,
                "pick" => Kind::Picklist,
                _ => Kind::Text,
            };
            Field {
                name,
                kind,
                required: flags.contains('*'),
                read_only: flags.contains('r'),
                queryable: !flags.contains('q'),
                webhook: flags.contains('w'),
                reference,
            }
        })
        .collect()
}

/// The number by which a webhook names a field: its place among those that may be watched.
pub(super) fn webhook_fields(of: &'static Entity) -> impl Iterator<Item = (i64, &'static Field)> {
    (picklists::FIRST_WEBHOOK_FIELD..).zip(of.fields.iter().filter(|field| field.webhook))
}
