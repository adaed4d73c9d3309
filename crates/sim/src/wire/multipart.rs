//! Uploads: the fields and the one file of a `multipart/form-data` body.

use bytes::Bytes;

/// The file part of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// As the caller gave it, with its directories.
    pub(crate) file_name: String,
    pub(crate) content: Bytes,
}

/// Names and values of the fields.
type Fields = Vec<(String, String)>;

/// Fields and file of a body, or `None` when it is not one.
pub(crate) fn read(content_type: &str, body: &Bytes) -> Option<(Fields, Option<Upload>)> {
    let boundary = content_type
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="))?;
    let boundary = format!("--{}", boundary.trim_matches('"'));
    let mut fields = Vec::new();
    let mut upload = None;
    let mut at = find(body, boundary.as_bytes(), 0)? + boundary.len();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some((fields, upload));
        }
        let head_end = find(body, b"\r\n\r\n", at)?;
        let head = String::from_utf8_lossy(body.get(at..head_end)?).into_owned();
        let start = head_end + 4;
        let end = find(body, format!("\r\n{boundary}").as_bytes(), start)?;
        let name = quoted(&head, " name=\"")?;
        match quoted(&head, "filename=\"") {
            Some(file_name) => {
                upload = Some(Upload {
                    file_name,
                    content: body.slice(start..end),
                });
            }
            None => fields.push((
                name,
                String::from_utf8_lossy(body.get(start..end)?).into_owned(),
            )),
        }
        at = end + 2 + boundary.len();
    }
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    bytes
        .get(from..)?
        .windows(wanted.len())
        .position(|window| window == wanted)
        .map(|index| index + from)
}

fn quoted(head: &str, start: &str) -> Option<String> {
    let (_, rest) = head.split_once(start)?;
    rest.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_the_file_are_told_apart() {
        let body = Bytes::from_static(
            b"--edge\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\niso\r\n--edge\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"x.iso\"\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--edge--\r\n",
        );
        let (fields, upload) = read("multipart/form-data; boundary=edge", &body).unwrap();
        assert_eq!(fields, [("content".to_owned(), "iso".to_owned())]);
        let upload = upload.unwrap();
        assert_eq!(
            (upload.file_name.as_str(), &*upload.content),
            ("x.iso", b"abc".as_slice())
        );
    }
}
