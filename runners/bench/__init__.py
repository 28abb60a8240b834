"""The bench measures one plan here. The parent holds meter, clock and verdict, the child the model."""
