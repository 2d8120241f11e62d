//! What the database writes into the record.
