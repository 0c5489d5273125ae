mod deliveries;
mod documents;
mod parts;
mod queue;
mod replay;
mod simulation;
mod stored;
mod world;
