mod deliveries;
mod parts;
mod replay;
mod simulation;
mod stored;
mod world;
