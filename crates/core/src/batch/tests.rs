mod deliveries;
mod documents;
mod parts;
mod replay;
mod simulation;
mod stored;
mod world;
