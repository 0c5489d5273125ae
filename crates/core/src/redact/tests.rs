mod generated;
mod records;
