"""What is tried out in a forked copy: releasing what a holder holds, weighing its entries."""
