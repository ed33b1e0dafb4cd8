"""Measurements, one command each: `./run.sh bench` lists them, `./run.sh bench NAME` runs one."""
