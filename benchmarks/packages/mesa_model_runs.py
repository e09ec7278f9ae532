"""A parameter sweep that runs one small model after the other.

Agent._ids, a class-level defaultdict, is keyed by the model and keeps every model with all
its agents (mesa/mesa#3179, fixed by #3180).
"""

import mesa


class Walker(mesa.Agent):
    def step(self):
        self.moved = True


class Town(mesa.Model):
    def __init__(self):
        super().__init__(rng=1)
        for _ in range(5):
            Walker(self)

    def step(self):
        self.agents.do("step")


def work():
    town = Town()
    town.step()
    return len(town.agents)
