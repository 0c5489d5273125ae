//! data-redactor: records in, redacted records out: the pipeline's redaction for everyone else.
