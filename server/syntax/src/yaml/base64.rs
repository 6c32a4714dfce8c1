//! Python's lenient base64 (`base64.decodebytes`) with the padding that Salt adds.

/// The bytes of `text`, as `construct_yaml_binary` of `salt/utils/yamlloader.py` reads them:
/// characters outside the alphabet are skipped, missing padding is forgiven. Errors are Python's.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii()) {
        let run = text.chars().skip(at).take_while(|c| !c.is_ascii()).count();
        let which = if run == 1 {
            format!("character '{}' in position {at}", super::key::escaped(c))
        } else {
            format!("characters in position {at}-{}", at + run - 1)
        };
        return Err(format!(
            "failed to convert base64 data into ascii: 'ascii' codec can't encode {which}: ordinal not in range(128)"
        ));
    }
    // the padding counts all characters, line ends included, as Salt's code does
    let missing = text.len() % 4;
    let padding = if missing == 0 { 0 } else { 4 - missing };
    let input = text.bytes().chain(std::iter::repeat_n(b'=', padding));
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut quad, mut left, mut pads) = (0_u32, 0_u8, 0_u32);
    let mut seen = 0_usize;
    for byte in input {
        if byte == b'=' {
            if quad >= 2 {
                pads += 1;
                if quad + pads >= 4 {
                    return Ok(out);
                }
            }
            continue;
        }
        let Some(bits) = value(byte) else { continue };
        pads = 0;
        seen += 1;
        match quad {
            0 => left = bits,
            1 => {
                out.push(left << 2 | bits >> 4);
                left = bits & 0x0F;
            }
            2 => {
                out.push(left << 4 | bits >> 2);
                left = bits & 0x03;
            }
            _ => {
                out.push(left << 6 | bits);
                left = 0;
            }
        }
        quad = (quad + 1) % 4;
    }
    match quad {
        0 => Ok(out),
        1 => Err(format!(
            "failed to decode base64 data: Invalid base64-encoded string: number of data characters ({seen}) cannot be 1 more than a multiple of 4"
        )),
        _ => Err("failed to decode base64 data: Incorrect padding".to_owned()),
    }
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
