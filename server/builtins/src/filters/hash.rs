//! Digests and encodings (`salt/utils/hashutils.py`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::Call;
use python::Res;
use python::concrete::{boolean, known, none, raise, type_error, type_name};
use python::value::{Kind, Value};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "md5" | "sha1" | "sha256" | "sha512" => digest(name, input),
        "base64_encode" => bytes(input).map(|bytes| Value::str(STANDARD.encode(bytes))),
        "base64_decode" => decode(input),
        "hmac" | "hmac_compute" => hmac(cx, name, input),
        "uuid" => cx.bind::<0>("uuid_", 1, [], 0).and_then(|_| {
            let bytes = bytes(input)?;
            match std::str::from_utf8(&bytes) {
                Ok(text) => Ok(Value::str(uuid5(text))),
                Err(_) => python::concrete::unknown("bytes that are no text"),
            }
        }),
        "to_bytes" => bytes(input).map(|bytes| Kind::Bytes(bytes.into()).into()),
        _ => return None,
    })
}

/// Salt's `to_bytes`.
pub fn bytes(value: &Value) -> Res<Vec<u8>> {
    known(value)?;
    match &value.kind {
        Kind::Undefined(_) => {
            type_error("expected str, bytes, or bytearray not <class 'jinja2.runtime.StrictUndefined'>")
        }
        Kind::Str(text) => Ok(text.text.as_bytes().to_vec()),
        Kind::Bytes(bytes) => Ok(bytes.to_vec()),
        _ => type_error(format!("expected str, bytes, or bytearray not <class '{}'>", type_name(value))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest by name, in hexadecimal.
pub fn digest(name: &str, input: &Value) -> Res<Value> {
    let bytes = bytes(input)?;
    Ok(Value::str(match name {
        "md5" => hex(&Md5::digest(&bytes)),
        "sha1" => hex(&Sha1::digest(&bytes)),
        "sha256" => hex(&Sha256::digest(&bytes)),
        _ => hex(&Sha512::digest(&bytes)),
    }))
}

/// A digest by name; `None`: one that is not computed here.
pub fn digest_bytes(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match name {
        "md5" => Md5::digest(bytes).to_vec(),
        "sha1" => Sha1::digest(bytes).to_vec(),
        "sha224" => sha2::Sha224::digest(bytes).to_vec(),
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha384" => sha2::Sha384::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        _ => return None,
    })
}

/// `base64.b64decode`: characters beyond the alphabet are dropped; bytes that are no text stay.
pub fn decode(input: &Value) -> Res<Value> {
    let mut text: Vec<u8> =
        bytes(input)?.into_iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).collect();
    let data = text.iter().take_while(|b| **b != b'=').count();
    if data % 4 == 1 {
        return raise(
            "Error",
            format!(
                "Invalid base64-encoded string: number of data characters ({data}) cannot be 1 more than a multiple of 4"
            ),
        );
    }
    if (text.len() - data) < (4 - data % 4) % 4 {
        return raise("Error", "Incorrect padding");
    }
    text.truncate(data);
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    match engine.decode(text) {
        Ok(decoded) => Ok(match String::from_utf8(decoded) {
            Ok(text) => Value::str(text),
            Err(error) => Kind::Bytes(error.into_bytes().into()).into(),
        }),
        Err(_) => python::concrete::unknown("base64 that is not understood"),
    }
}

/// HMAC with SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |with: u8| block.iter().map(|b| b ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36).as_slice(), message].concat());
    Sha256::digest([pad(0x5c).as_slice(), &inner].concat()).to_vec()
}

fn hmac(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    if name == "hmac_compute" {
        let [secret] = cx.bind("hmac_compute", 1, ["shared_secret"], 1)?;
        let code = hmac_sha256(&bytes(&secret.unwrap_or_else(none))?, &bytes(input)?);
        return Ok(Value::str(hex(&code)));
    }
    let [secret, challenge] = cx.bind("hmac_signature", 1, ["shared_secret", "challenge_hmac"], 2)?;
    let code = hmac_sha256(&bytes(&secret.unwrap_or_else(none))?, &bytes(input)?);
    Ok(boolean(STANDARD.encode(code).into_bytes() == bytes(&challenge.unwrap_or_else(none))?))
}

/// UUID version 5 in Salt's name space (`GLOBAL_UUID`).
fn uuid5(name: &str) -> String {
    const SPACE: [u8; 16] =
        [0x91, 0x63, 0x3e, 0xbf, 0x1c, 0x86, 0x5e, 0x33, 0x93, 0x5a, 0x28, 0x06, 0x1f, 0x4b, 0x48, 0x0e];
    let mut hash = Sha1::digest([&SPACE, name.as_bytes()].concat()).to_vec();
    hash[6] = (hash[6] & 0x0f) | 0x50;
    hash[8] = (hash[8] & 0x3f) | 0x80;
    let text = hex(&hash[..16]);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}
