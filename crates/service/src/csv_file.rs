//! Files of comma-separated values (RFC 4180) for people who open them in a spreadsheet.

use crate::{Error, Result};

pub struct CsvFile(csv::Writer<Vec<u8>>);

impl CsvFile {
    pub fn new(head: &[&str]) -> Result<Self> {
        let mut file = Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()));
        file.row(head)?;
        Ok(file)
    }

    pub fn row(&mut self, cells: &[&str]) -> Result<()> {
        let cells = cells.iter().map(|cell| harmless(cell));
        self.0.write_record(cells.map(String::into_bytes)).map_err(|_| Error::Internal("a row was not written"))
    }

    /// With a byte order mark: without it, some spreadsheets take UTF-8 for something else.
    pub fn finish(self) -> Result<Vec<u8>> {
        let rows = self.0.into_inner().map_err(|_| Error::Internal("a file was not written"))?;
        Ok(["\u{feff}".as_bytes(), &rows].concat())
    }
}

/// A cell that begins like a formula is made a text: a spreadsheet would run it.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(rows: &[Vec<String>]) -> String {
        let mut file = CsvFile::new(&["A", "B"]).unwrap();
        for row in rows {
            file.row(&row.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        }
        String::from_utf8(file.finish().unwrap()).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@a", "\tx", "\rx"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("Contoso = 1"), "Contoso = 1");
        assert_eq!(
            written(&[vec!["a,\"b\"\n".to_owned(), "=c".to_owned()]]),
            "\u{feff}A,B\r\n\"a,\"\"b\"\"\n\",'=c\r\n"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(rows in proptest::collection::vec(proptest::collection::vec("\\PC{0,12}", 2), 0..5)) {
            let text = written(&rows);
            let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
            let read: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect();
            let meant: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| harmless(cell)).collect()).collect();
            prop_assert_eq!(read, meant);
        }
    }
}
