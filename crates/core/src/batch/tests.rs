mod deliveries;
mod replay;
mod simulation;
mod world;
