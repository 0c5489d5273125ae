mod deliveries;
mod replay;
mod simulation;
mod stored;
mod world;
