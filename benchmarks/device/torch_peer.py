"""Times PyTorch eager on the shapes of `fastalign bench --large`: the peer of run.sh, no part of the product.

usage: torch_peer.py [cuda|cuda:1|...]

Products: y = x w^T in F32 (TF32 off) and BF16, which PyTorch hands to cuBLAS. DPO step: policy and frozen reference forward over chosen and rejected
sequences in one batch, logits of all positions, sigmoid loss, backward, clipping, fused AdamW, as TRL does it; F32, random weights, best of the calls.
"""

import math
import sys
import time

import torch
import torch.nn.functional as F

# SmolLM2-135M.
LAYERS, HIDDEN, HEADS, KV_HEADS, WIDTH, FFN, VOCAB = 30, 576, 9, 3, 64, 1536, 49152
BETA = 0.1


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = torch.nn.RMSNorm(HIDDEN, eps=1e-5)
        self.norm2 = torch.nn.RMSNorm(HIDDEN, eps=1e-5)
        self.qkv = torch.nn.Linear(HIDDEN, (HEADS + 2 * KV_HEADS) * WIDTH, bias=False)
        self.out = torch.nn.Linear(HEADS * WIDTH, HIDDEN, bias=False)
        self.gate_up = torch.nn.Linear(HIDDEN, 2 * FFN, bias=False)
        self.down = torch.nn.Linear(FFN, HIDDEN, bias=False)

    def forward(self, x, cos, sin):
        n, s, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).split([HEADS * WIDTH, KV_HEADS * WIDTH, KV_HEADS * WIDTH], dim=-1)
        q, k, v = (t.view(n, s, -1, WIDTH).transpose(1, 2) for t in (q, k, v))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        k, v = (t.repeat_interleave(HEADS // KV_HEADS, dim=1) for t in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(n, s, -1))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


def rotate(x, cos, sin):
    low, high = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-high, low), dim=-1) * sin


class Llama(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(VOCAB, HIDDEN)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = torch.nn.RMSNorm(HIDDEN, eps=1e-5)
        for p in self.parameters():
            if p.dim() > 1:
                torch.nn.init.normal_(p, std=0.02)

    def forward(self, ids):
        position = torch.arange(ids.shape[1], device=ids.device).float()
        inverse = 10000.0 ** (-torch.arange(0, WIDTH, 2, device=ids.device).float() / WIDTH)
        angle = torch.outer(position, inverse).repeat(1, 2)
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, angle.cos(), angle.sin())
        return F.linear(self.norm(x), self.embed.weight)


def log_probs(model, ids, prompt):
    """Sum over the response of log p(token)."""
    logits = model(ids)[:, prompt - 1 : -1]
    return logits.log_softmax(-1).gather(-1, ids[:, prompt:, None]).sum((1, 2))


def best(call, seconds=1.0, warm_ups=3):
    """Shortest time of a call, each waited for."""
    for _ in range(warm_ups):
        call()
    torch.cuda.synchronize()
    times, begun = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        call()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times)


def dpo(pairs, prompt, response, device):
    torch.manual_seed(0)
    policy = Llama().to(device)
    reference = Llama().to(device)
    reference.load_state_dict(policy.state_dict())
    reference.requires_grad_(False)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-6, fused=True)
    prompts = torch.randint(VOCAB, (pairs, prompt), device=device)
    responses = torch.randint(VOCAB, (2 * pairs, response), device=device)
    ids = torch.cat((prompts.repeat(2, 1), responses), dim=1)
    losses = []

    def step():
        with torch.no_grad():
            expected = log_probs(reference, ids, prompt)
        ratio = log_probs(policy, ids, prompt) - expected
        loss = -F.logsigmoid(BETA * (ratio[:pairs] - ratio[pairs:])).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())

    seconds = best(step)
    assert abs(losses[0] - math.log(2)) < 1e-4, losses[0]
    tokens = 2 * pairs * (prompt + response)
    print(f"dpo/smollm135m-{pairs}x{prompt}+{response:<12} {seconds * 1e3:10.3f} ms {tokens / seconds:12.0f} tokens/s")


def products(device):
    for name, n, k, o in [("1b.qkv", 4096, 2048, 3072), ("1b.attention-out", 4096, 2048, 2048), ("1b.gate-up", 4096, 2048, 16384), ("1b.down", 4096, 8192, 2048), ("square", 4096, 4096, 4096)]:
        for dtype in (torch.float32, torch.bfloat16):
            x = torch.randn(n, k, device=device, dtype=dtype)
            w = torch.randn(o, k, device=device, dtype=dtype)
            seconds = best(lambda: F.linear(x, w))
            print(f"linear/{name}-{n}x{k}x{o} {str(dtype)[6:]:<10} {seconds * 1e3:10.3f} ms {2e-9 * n * k * o / seconds:12.0f} GFLOP/s")


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else "cuda"
    device = torch.device("cuda", int(name.split(":")[1]) if ":" in name else 0)
    torch.cuda.set_device(device)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    print(f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, {torch.cuda.get_device_name()}")
    products(device)
    for pairs, prompt, response in [(2, 128, 128), (8, 256, 256)]:
        dpo(pairs, prompt, response, device)


if __name__ == "__main__":
    main()
