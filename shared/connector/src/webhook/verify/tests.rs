//! Vectors were computed with another implementation (openssl), so nothing here proves itself.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::webhook::Rejection::{
    self, CredentialsMismatch, CredentialsMissing, KeyHost, KeyUnreachable, SignatureMismatch, SignatureMissing, Stale,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::Url;

use crate::webhook::{Delivery, Digest, RemoteKey, Verify};

/// 2026-07-01T00:00:30Z, half a minute after the stamp of what is signed with one.
const NOW: Timestamp = Timestamp::constant(1_782_864_030, 0);
const STAMPED: Verify = Verify::StampedHmac { header: "x-stamped-signature", tolerance: Duration::from_secs(300) };
const SHA1: Verify = Verify::Hmac { header: "x-hook-signature", prefix: "sha1=", digest: Digest::Sha1 };
const BASIC: Verify = Verify::Basic { user: "msportal" };
const REMOTE: Verify = Verify::RemoteKey(RemoteKey {
    header: "x-content-signature",
    address: |body, open| match body {
        b"elsewhere" => Err(KeyHost),
        _ => Ok(Url::parse(&format!("https://{}/key", open["host"])).unwrap()),
    },
    key: |answer| Some(answer.to_vec()),
});

/// One line, escaped as its sender escapes: read and written again it would be other bytes.
const HOOK: &str = r#"{"Action":"Update","Guid":"a5c1c1b7-1111-4222-8333-444455556666","EntityType":"Ticket","Id":351181,"Fields":{"Title":"Mrs O\u0027Neil \u0026 Sons"},"EventTime":"2026-11-22T14:57:50Z","SequenceNumber":17,"PersonID":30691780}"#;
const HOOK_SIGNATURE: &str = "sha1=XRO0jgXcc0tHdWDNChKgh77/4ZY=";
const CALLBACK: &str = r#"{"MessageId":"6dd82302-5e46-47c0-8c84-702868125b76","FromUrl":"na.myconnectwise.net","CompanyId":"acme","MemberId":"zAdmin","Action":"updated","Type":"contact","ID":57961,"ProductInstanceId":null,"PartnerId":null,"Entity":"{\"id\":57961,\"firstName\":\"Ada\",\"inactiveFlag\":false}","Metadata":{"key_url":"https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails?companyName=acme&id=e17e6674-42f6-4105-9cff-4cd6cb4e62e8"},"CallbackObjectRecId":26604}"#;
const CALLBACK_SIGNATURE: &str = "Qg41iCucXBftBZB/EpO+zRx5sprNzQQCjl23BMlE8q4=";
/// SHA-256 of the text `test-signing-key`.
const CALLBACK_KEY: &str = "2eae0511df4e58ec738ec1f8661a46876269c0b5534fbf993af0cdc23b54949c";

fn secrets(texts: &[&str]) -> Vec<SecretString> {
    texts.iter().map(|text| SecretString::from(*text)).collect()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn prove(verify: Verify, pairs: &[(&'static str, &str)], body: &str, texts: &[&str]) -> Result<(), Rejection> {
    let headers = headers(pairs);
    verify.prove(&Delivery { headers: &headers, query: "", body: body.as_bytes() }, &secrets(texts), None, NOW)
}

#[test]
fn a_signature_under_our_secret_is_taken_and_no_other() {
    let signed =
        |signature: &str, body: &str, texts: &[&str]| prove(SHA1, &[("x-hook-signature", signature)], body, texts);
    assert_eq!(signed(HOOK_SIGNATURE, HOOK, &["autotask-secret"]), Ok(()));
    assert_eq!(signed(HOOK_SIGNATURE, HOOK, &["the next one", "autotask-secret"]), Ok(()), "during a rotation");
    assert_eq!(signed(HOOK_SIGNATURE, HOOK, &["another tenant's"]), Err(SignatureMismatch));
    assert_eq!(signed(HOOK_SIGNATURE, HOOK, &[]), Err(SignatureMismatch));
    let rewritten = serde_json::from_str::<serde_json::Value>(HOOK).unwrap().to_string();
    let others =
        [HOOK.replace("351181", "351182"), HOOK.replace(':', ": "), rewritten, String::new(), format!("{HOOK}\n")];
    for altered in others {
        assert_eq!(signed(HOOK_SIGNATURE, &altered, &["autotask-secret"]), Err(SignatureMismatch), "{altered}");
    }
    let hexadecimal = "sha1=5d13b48e05dc734b477560cd0a12a087beffe196";
    for signature in [
        "XRO0jgXcc0tHdWDNChKgh77/4ZY=",
        "sha1=",
        "sha1=XRO0",
        "sha1=?",
        hexadecimal,
        "sha256=XRO0jgXcc0tHdWDNChKgh77/4ZY=",
    ] {
        assert_eq!(signed(signature, HOOK, &["autotask-secret"]), Err(SignatureMismatch), "{signature}");
    }
}

#[test]
fn a_header_that_is_absent_or_doubled_is_refused() {
    assert_eq!(prove(SHA1, &[], HOOK, &["autotask-secret"]), Err(SignatureMissing));
    assert_eq!(prove(SHA1, &[("x-hook-signature", "")], HOOK, &["autotask-secret"]), Err(SignatureMissing));
    let twice = [("x-hook-signature", HOOK_SIGNATURE), ("x-hook-signature", HOOK_SIGNATURE)];
    assert_eq!(prove(SHA1, &twice, HOOK, &["autotask-secret"]), Err(SignatureMismatch));
    let joined = format!("{HOOK_SIGNATURE},{HOOK_SIGNATURE}");
    assert_eq!(prove(SHA1, &[("x-hook-signature", &joined)], HOOK, &["autotask-secret"]), Err(SignatureMismatch));
}

#[test]
fn a_password_is_taken_with_its_user_alone() {
    let given = |value: &str| prove(BASIC, &[("authorization", value)], "[]", &["halo-secret"]);
    assert_eq!(given("Basic bXNwb3J0YWw6aGFsby1zZWNyZXQ="), Ok(()));
    assert_eq!(given("basic bXNwb3J0YWw6aGFsby1zZWNyZXQ="), Ok(()), "schemes have no case");
    let wrong = [
        "Basic b3RoZXI6aGFsby1zZWNyZXQ=",
        "Basic bXNwb3J0YWw6aGFsby1zZWNyZQ==",
        "Basic bXNwb3J0YWw6",
        "Basic ???",
        "Basic",
        "Bearer bXNwb3J0YWw6aGFsby1zZWNyZXQ=",
    ];
    for value in wrong {
        assert_eq!(given(value), Err(CredentialsMismatch), "{value}");
    }
    assert_eq!(prove(BASIC, &[], "[]", &["halo-secret"]), Err(CredentialsMissing));
}

#[test]
fn the_address_alone_proves_where_a_vendor_has_nothing_better() {
    assert_eq!(prove(Verify::UrlToken, &[], "anything", &[]), Ok(()));
}

#[test]
fn a_fetched_key_proves_what_it_signed() {
    let headers = headers(&[("x-content-signature", CALLBACK_SIGNATURE)]);
    let delivery = Delivery { headers: &headers, query: "recordId=57961&action=updated", body: CALLBACK.as_bytes() };
    let key = hex(CALLBACK_KEY);
    assert_eq!(REMOTE.prove(&delivery, &[], Some(&key), NOW), Ok(()));
    assert_eq!(REMOTE.prove(&delivery, &[], Some(b"test-signing-key"), NOW), Err(SignatureMismatch));
    assert_eq!(REMOTE.prove(&delivery, &[], Some(b""), NOW), Err(SignatureMismatch));
    assert_eq!(REMOTE.prove(&delivery, &[], None, NOW), Err(KeyUnreachable));
    let altered = CALLBACK.replace("57961", "57962");
    let altered = Delivery { body: altered.as_bytes(), ..delivery };
    assert_eq!(REMOTE.prove(&altered, &[], Some(&key), NOW), Err(SignatureMismatch));
}

#[test]
fn a_key_is_only_sought_for_what_is_signed_and_where_the_connector_allows() {
    let open = BTreeMap::from([("host".to_owned(), "na.vendor.example".to_owned())]);
    let signed = headers(&[("x-content-signature", CALLBACK_SIGNATURE)]);
    let address = |headers: &HeaderMap, body: &[u8]| REMOTE.key_address(&Delivery { headers, query: "", body }, &open);
    assert_eq!(address(&signed, b"{}"), Ok(Some(Url::parse("https://na.vendor.example/key").unwrap())));
    assert_eq!(address(&HeaderMap::new(), b"{}"), Err(SignatureMissing));
    assert_eq!(address(&signed, b"elsewhere"), Err(KeyHost));
    let hook = headers(&[("x-hook-signature", HOOK_SIGNATURE)]);
    let delivery = Delivery { headers: &hook, query: "", body: HOOK.as_bytes() };
    assert_eq!(SHA1.key_address(&delivery, &open), Ok(None), "our own secret is at hand");
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// With an escape and with letters that need two bytes: written anew it would be other bytes.
const EVENT: &str =
    r#"{"id":"evt_1","object":"event","type":"customer.updated","data":{"object":{"name":"Zo\u00eb & Söhne"}}}"#;
/// Of `1782864000.` and the event, under `whsec_3q2+7w==`.
const EVENT_SIGNATURE: &str = "fcd7c46ec9734f877ddca26564b658bd3154b3c3edf3347ddd38b74e9b588e81";
/// The same under `whsec_b2xk`.
const FORMER_SIGNATURE: &str = "f965396bda11137b5b0daa249d326dca9621b9342c097bcdc7087995334d7152";

fn stamped(header: &str, body: &str, texts: &[&str]) -> Result<(), Rejection> {
    prove(STAMPED, &[("x-stamped-signature", header)], body, texts)
}

#[test]
fn a_stamped_signature_is_taken_if_any_of_its_scheme_is_under_a_secret_of_ours() {
    let ours = ["whsec_3q2+7w=="];
    let junk = "0".repeat(64);
    for header in [
        format!("t=1782864000,v1={EVENT_SIGNATURE}"),
        format!("t=1782864000,v1={EVENT_SIGNATURE},v0={junk}"),
        format!("v1={junk},t=1782864000, v1={EVENT_SIGNATURE}"),
        format!("t=1782864000,v1={FORMER_SIGNATURE},v1={EVENT_SIGNATURE}"),
    ] {
        assert_eq!(stamped(&header, EVENT, &ours), Ok(()), "{header}");
    }
    let former = format!("t=1782864000,v1={FORMER_SIGNATURE}");
    assert_eq!(stamped(&former, EVENT, &["whsec_3q2+7w==", "whsec_b2xk"]), Ok(()), "during a rotation");
    assert_eq!(stamped(&former, EVENT, &ours), Err(SignatureMismatch));
}

#[test]
fn a_stamped_signature_of_other_bytes_another_stamp_or_another_scheme_is_refused() {
    let ours = ["whsec_3q2+7w=="];
    let signed = format!("t=1782864000,v1={EVENT_SIGNATURE}");
    let rewritten = serde_json::from_str::<serde_json::Value>(EVENT).unwrap().to_string();
    for body in [rewritten.as_str(), "", &EVENT.replace("evt_1", "evt_2"), &format!("{EVENT}\n")] {
        assert_eq!(stamped(&signed, body, &ours), Err(SignatureMismatch), "{body}");
    }
    let moved = format!("t=1782864001,v1={EVENT_SIGNATURE}");
    let twice = format!("t=1782864001,t=1782864000,v1={EVENT_SIGNATURE}");
    for header in [moved.as_str(), &twice, &format!("t=1782864000,v1={}", &EVENT_SIGNATURE[2..])] {
        assert_eq!(stamped(header, EVENT, &ours), Err(SignatureMismatch), "{header}");
    }
    let other_scheme = format!("t=1782864000,v0={EVENT_SIGNATURE}");
    for header in
        [other_scheme.as_str(), "t=1782864000", &format!("v1={EVENT_SIGNATURE}"), "", "t=1782864000,v1=", "=,="]
    {
        assert_eq!(stamped(header, EVENT, &ours), Err(SignatureMissing), "{header}");
    }
    for blank in [vec![], vec![""], vec![" "]] {
        assert_eq!(stamped(&signed, EVENT, &blank), Err(SignatureMismatch));
    }
}

#[test]
fn a_stamp_is_good_for_five_minutes_in_either_direction() {
    let header = format!("t=1782864000,v1={EVENT_SIGNATURE}");
    let headers = headers(&[("x-stamped-signature", &header)]);
    let delivery = Delivery { headers: &headers, query: "", body: EVENT.as_bytes() };
    let signed = Timestamp::constant(1_782_864_000, 0);
    let after = |seconds| {
        STAMPED.prove(&delivery, &secrets(&["whsec_3q2+7w=="]), None, signed + SignedDuration::from_secs(seconds))
    };
    for seconds in [-300, 0, 300] {
        assert_eq!(after(seconds), Ok(()), "{seconds}");
    }
    for seconds in [-301, 301, 86_400] {
        assert_eq!(after(seconds), Err(Stale), "{seconds}");
    }
}
