//! Targeting expressions.
