//! The GraphQL API: schema, limits, execution.
