use domain::record::Record;
use serde_json::{Value, json};

use super::*;

fn record_of(mapped: Outcome) -> Record {
    match mapped {
        Ok(Mapped::Record(record)) => record,
        other => panic!("{other:?}"),
    }
}

fn as_company(row: Value) -> Outcome {
    let now = Some("2026-11-22T12:00:00Z".parse().unwrap());
    company(&serde_json::from_value(row).unwrap(), Context { now })
}

#[test]
fn a_company_carries_the_id_that_the_psa_knows_it_by() {
    let row = json!({"id": "c1", "name": "Acme Corporation", "friendlyName": "Acme", "partnerId": "p1",
        "activityStatus": {"id": "a1", "activeFlag": true},
        "externalIds": [{"externalId": "250", "productId": "cw-manage"}, {"externalId": "7", "productId": "other"}],
        "primaryContact": {"primaryEmail": {"emailAddress": "ada@acme.test"},
            "primaryPhoneNumber": {"countryCode": "1", "nationalNumber": "8135551234"}},
        "primarySite": {"id": "s1", "name": "Main"}, "updatedDate": "2026-02-01T08:30:00Z"});
    let expected = Company {
        name: "Acme".to_owned(),
        subtitle: Some("Acme Corporation".to_owned()),
        domains: vec!["acme.test".to_owned()],
        phone: Some("+1 8135551234".to_owned()),
        external_ids: vec![ForeignId { connector: "connectwise-manage".into(), external_id: "250".into() }],
        ..Company::default()
    };
    let got = record_of(as_company(row));
    assert_eq!(got.data, RecordData::Company(expected));
    assert_eq!(got.modified_at, Some("2026-02-01T08:30:00Z".parse().unwrap()));
}

#[test]
fn a_company_is_inactive_from_its_date_on_or_when_switched_off_or_deleted() {
    let inactive = |more: Value| {
        let mut row = json!({"id": "c1", "name": "Acme"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let RecordData::Company(company) = record_of(as_company(row)).data else { panic!() };
        company.inactive
    };
    assert!(inactive(json!({"inactiveDate": "2026-11-22T11:59:59Z"})));
    assert!(inactive(json!({"activityStatus": {"activeFlag": false}})));
    assert!(inactive(json!({"deletedDate": "2026-01-01T00:00:00Z"})));
    assert!(!inactive(json!({"inactiveDate": "2026-11-22T12:00:01Z"})));
    assert!(!inactive(json!({"inactiveDate": "0001-01-01T00:00:00Z", "deletedDate": ""})));
    assert!(!inactive(json!({"activityStatus": {"name": "Active"}})));
}

#[test]
fn addresses_of_mail_providers_are_no_domain() {
    let row =
        json!({"id": "c1", "name": "Acme", "primaryContact": {"primaryEmail": {"emailAddress": "acme@gmail.com"}}});
    let RecordData::Company(company) = record_of(as_company(row)).data else { panic!() };
    assert_eq!(company.domains, [""; 0]);
}

#[test]
fn a_device_is_read_with_all_that_is_known_of_it() {
    let row = json!({"endpointid": "e1", "companyid": "c1", "siteid": "s1", "friendlyname": "ACME-WS01",
        "resourcetype": "Desktop", "agentinstalledutc": "2023-09-05 13:41:39.331000+00:00", "remoteaddress": "203.0.113.9",
        "baseboard": {"manufacturer": "Dell Inc.", "serialnumber": "BOARD"}, "bios": {"serialnumber": "ABC123"},
        "os": {"product": "Windows 11 Pro", "version": "10.0.22631"},
        "system": {"model": "Latitude 7420", "serialnumber": "", "domain": "ACME", "category": "Laptop"},
        "networks": [{"ipv4": "169.254.1.1", "ipenabled": false, "macaddress": "aa:bb:cc:dd:ee:00"},
            {"ipv4": "10.0.0.25", "ipenabled": true, "macaddress": "AA:BB:CC:DD:EE:FF"}],
        "processors": [{"product": "i7"}], "physicalmemory": [{"sizebytes": 8_589_934_592_u64}, {"sizebytes": 8_589_934_592_u64}],
        "antiviruses": [{"productname": "Defender", "status": "Running"}]});
    let expected = Device {
        name: "ACME-WS01".to_owned(),
        company: Some("c1".into()),
        site: Some("s1".into()),
        kind: Some("Laptop".to_owned()),
        manufacturer: Some("Dell Inc.".to_owned()),
        model: Some("Latitude 7420".to_owned()),
        serial_number: Some("ABC123".to_owned()),
        operating_system: Some("Windows 11 Pro 10.0.22631".to_owned()),
        domain: Some("ACME".to_owned()),
        ip_address: Some("10.0.0.25".to_owned()),
        external_ip_address: Some("203.0.113.9".to_owned()),
        mac_addresses: vec!["AA:BB:CC:DD:EE:00".to_owned(), "AA:BB:CC:DD:EE:FF".to_owned()],
        processor: Some("i7".to_owned()),
        memory_bytes: Some(17_179_869_184),
        antivirus: Some(Antivirus { product: Some("Defender".to_owned()), status: Some("Running".to_owned()) }),
        created_at: Some("2023-09-05T13:41:39.331Z".parse().unwrap()),
        ..Device::default()
    };
    assert_eq!(record_of(device(&serde_json::from_value(row).unwrap())).data, RecordData::Device(Box::new(expected)));
}

#[test]
fn a_thin_row_is_filled_by_the_detail_and_keeps_what_it_had() {
    let id = ExternalId::from("e1");
    let thin = json!({"endpointid": "e1", "companyid": "c1", "endpointtype": "Server"});
    let RecordData::Device(mut device) = record_of(device(&serde_json::from_value(thin).unwrap())).data else {
        panic!()
    };
    assert_eq!(device.name, "e1");
    assert!(is_thin(&id, &device));
    let detail =
        json!({"endpointid": "e1", "resourcetype": "Desktop", "system": {"systemname": "SRV", "serialnumber": "7"}});
    add_detail(&id, &mut device, &serde_json::from_value(detail).unwrap()).unwrap();
    assert_eq!((device.name.as_str(), device.kind.as_deref()), ("SRV", Some("Server")));
    assert_eq!(device.serial_number.as_deref(), Some("7"));
    assert!(!is_thin(&id, &device));
}

#[test]
fn a_state_says_what_is_known_and_leaves_out_the_rest() {
    let of = |row: Value| match record_of(state(&serde_json::from_value(row).unwrap())).data {
        RecordData::MonitoringState(state) => state,
        other => panic!("{other:?}"),
    };
    let whole = json!({"endpointid": "e1", "companyid": "c1",
        "heartbeat": {"availability": false, "dcdatetimeutc": "2026-11-22T10:00:00"},
        "system": {"startupstatus": {"lastbootuptimeutc": "2026-11-20T06:00:00Z"}, "lastloggedonuser": {"username": "ada"}}});
    let expected = MonitoringState {
        device: "e1".into(),
        company: Some("c1".into()),
        online: Some(false),
        last_user: Some("ada".to_owned()),
        booted_at: Some("2026-11-20T06:00:00Z".parse().unwrap()),
        last_seen_at: Some("2026-11-22T10:00:00Z".parse().unwrap()),
    };
    assert_eq!(of(whole), expected);
    let never = json!({"endpointid": "e1", "system": {"startupstatus": {"lastbootuptimeutc": "1601-01-01T00:00:00Z"}}});
    let nothing = MonitoringState {
        device: "e1".into(),
        company: None,
        online: None,
        last_user: None,
        booted_at: None,
        last_seen_at: None,
    };
    assert_eq!(of(never), nothing);
}

#[test]
fn dates_come_in_three_ways_and_nonsense_is_an_error() {
    let read = |text: &str| date("seen", &Text(Some(text.to_owned())));
    let at = Some("2023-12-26T17:12:11.994Z".parse().unwrap());
    for text in ["2023-12-26T17:12:11.994Z", "2023-12-26 17:12:11.994000+00:00", "2023-12-26T17:12:11.994"] {
        assert_eq!(read(text).unwrap(), at, "{text}");
    }
    for never in ["", "0001-01-01T00:00:00Z", "1601-01-01T00:00:00"] {
        assert_eq!(read(never).unwrap(), None, "{never}");
    }
    assert_eq!(read("yesterday").unwrap_err(), "seen is not a date: \"yesterday\"");
}
