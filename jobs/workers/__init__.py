"""The same jobs on many machines: the queue, who puts what into it, who takes it out."""
