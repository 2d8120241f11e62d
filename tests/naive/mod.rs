//! A second, naive reading of the clinic: a query evaluated field by field over all rows in memory, by the words of the
//! GraphQL specification and of the design. Slow and plain, it is what the server's answers are compared with.

pub mod cursor;
mod execute;
mod filter;
pub mod json;
pub mod list;
pub mod model;
pub mod reading;
pub mod schema;
pub mod tables;

pub use cursor::Cursors;
pub use execute::Query;
pub use json::Json;
pub use reading::Clinic;
pub use schema::Schema;
pub use tables::Tables;
