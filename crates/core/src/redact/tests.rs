mod compare;
mod generated;
mod inside;
mod methods;
mod records;
mod reveal;
