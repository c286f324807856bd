use super::*;

fn ann() -> Contact {
    Contact {
        name: "Ann".to_owned(),
        email: Some("Ann@acme.example".to_owned()),
        company: Some("1".into()),
        ..Contact::default()
    }
}

fn on() -> AutoImport {
    AutoImport { enabled: true, ..AutoImport::default() }
}

#[test]
fn an_active_contact_of_a_linked_company_with_an_address_may_come_in() {
    assert_eq!(eligible(&ann(), &on(), true), Ok(Email::parse("ann@acme.example").unwrap()));
}

#[test]
fn the_first_thing_in_the_way_is_named() {
    let with = |change: fn(&mut Contact)| {
        let mut contact = ann();
        change(&mut contact);
        eligible(&contact, &on(), true)
    };
    assert_eq!(eligible(&ann(), &AutoImport::default(), true), Err(Refusal::Off));
    assert_eq!(with(|ann| ann.inactive = true), Err(Refusal::Inactive));
    assert_eq!(with(|ann| ann.company = None), Err(Refusal::NoCompany));
    assert_eq!(eligible(&ann(), &on(), false), Err(Refusal::CompanyNotLinked));
    assert_eq!(with(|ann| ann.email = None), Err(Refusal::NoAddress));
    assert_eq!(with(|ann| ann.email = Some("ann".to_owned())), Err(Refusal::UnusableAddress));
    let excluded = with(|ann| ann.email = Some("NoReply@acme.example".to_owned()));
    assert_eq!(excluded, Err(Refusal::Excluded("noreply@*".to_owned())));
}

#[test]
fn a_role_counts_only_while_the_portal_has_it() {
    let import = || RoleDecision::Import { role: "standard".into(), source: RoleSource::Default };
    assert_eq!(role(import(), |_| true), Ok(("standard".into(), RoleSource::Default)));
    let gone = role(import(), |_| false).unwrap_err();
    assert_eq!(gone.to_string(), "the role \"standard\" given by the integration default no longer exists");
    let refused = role(RoleDecision::Refused(RoleSource::TypeRule), |_| true).unwrap_err();
    assert_eq!(refused.to_string(), "the contact-type rule says: do not import");
    assert_eq!(role(RoleDecision::NoRole, |_| true), Err(Refusal::NoRole));
}
