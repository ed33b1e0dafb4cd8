"""What sums are made of: the table `carried`, its columns packed, and the answers that read a million of them."""
