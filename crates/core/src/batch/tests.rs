mod deliveries;
mod simulation;
mod world;
