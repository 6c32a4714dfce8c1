//! Turns worlds into meaning, once per world, building on the one before.
