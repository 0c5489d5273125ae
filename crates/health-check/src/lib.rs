//! health-check: probes every hop of the pipeline, and gives a verdict.
