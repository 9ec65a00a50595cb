"""placeholder"""
class Kubelet:
    def __init__(self, agent, state): pass
    async def run(self): pass
