//! Vectors were computed with another implementation (openssl), so nothing here proves itself.

use std::collections::BTreeMap;

use domain::webhook::Rejection::{
    self, CredentialsMismatch, CredentialsMissing, KeyHost, KeyUnreachable, SignatureMismatch, SignatureMissing,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

use crate::webhook::{Delivery, Digest, RemoteKey, Verify};

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
    verify.prove(&Delivery { headers: &headers, query: "", body: body.as_bytes() }, &secrets(texts), None)
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
    assert_eq!(REMOTE.prove(&delivery, &[], Some(&key)), Ok(()));
    assert_eq!(REMOTE.prove(&delivery, &[], Some(b"test-signing-key")), Err(SignatureMismatch));
    assert_eq!(REMOTE.prove(&delivery, &[], Some(b"")), Err(SignatureMismatch));
    assert_eq!(REMOTE.prove(&delivery, &[], None), Err(KeyUnreachable));
    let altered = CALLBACK.replace("57961", "57962");
    let altered = Delivery { body: altered.as_bytes(), ..delivery };
    assert_eq!(REMOTE.prove(&altered, &[], Some(&key)), Err(SignatureMismatch));
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
