mod deliveries;
mod documents;
mod replay;
mod simulation;
mod world;
