"""
Small networks of many families, as people write them in PyTorch: `FAMILIES` has a class and a shape of inputs for each.

Their numbers are few, so a file has some kilobytes; the names of their parameters and buffers are those of the originals.
"""

import math

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune


class MLP(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 1))


class LeNet(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.Tanh(), nn.Flatten(), nn.Linear(6, 5), nn.LogSoftmax(-1),
        )


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + self.downsample(x))


class ResNet(nn.Module):
    """Mean and deviation of the images are buffers, as in models that take pixels."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.48, 0.45, 0.4]).reshape(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.22, 0.23, 0.24]).reshape(1, 3, 1, 1))
        self.layer1 = Residual(3, 4, 1)
        self.layer2 = Residual(4, 6, 2)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        x = (x - self.mean) / self.std
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.down2 = nn.Sequential(nn.Conv2d(4, 6, 3, padding=1), nn.GroupNorm(2, 6), nn.SiLU())
        self.up = nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.up(self.down2(functional.max_pool2d(a, 2)))
        c = functional.interpolate(functional.avg_pool2d(b, 2), scale_factor=2.0, mode="nearest")
        return self.out(torch.cat([a, c], 1))


class LayerScale(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), 1e-2))

    def forward(self, x):
        return x * self.gamma


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, bias=None):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * self.scale) @ k.transpose(-2, -1)
        if bias is not None:
            scores = scores + bias
        return self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, c))


class ViTBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = SelfAttention(dim, 2)
        self.ls1 = LayerScale(dim)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
        self.ls2 = LayerScale(dim)

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, 8, 4, stride=4)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, 8))
        self.register_tokens = nn.Parameter(torch.zeros(1, 2, 8))
        self.pos_embed = nn.Parameter(torch.randn(1, 5, 8) * 0.02)
        self.blocks = nn.Sequential(ViTBlock(8), ViTBlock(8))
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embed
        x = torch.cat([x[:, :1], self.register_tokens.expand(x.shape[0], -1, -1), x[:, 1:]], 1)
        return self.head(self.norm(self.blocks(x))[:, 0])


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 2 * dim)
        self.pwconv2 = nn.Linear(2 * dim, dim)
        self.gamma = nn.Parameter(1e-2 * torch.ones(dim))

    def forward(self, x):
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.gamma * self.pwconv2(functional.gelu(self.pwconv1(y)))
        return x + y.permute(0, 3, 1, 2)


class ChannelsFirstNorm(nn.Module):
    """The LayerNorm over channels that ConvNeXt writes out."""

    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.eps = 1e-6

    def forward(self, x):
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class ConvNeXt(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 2, stride=2), ChannelsFirstNorm(6))
        self.block = ConvNeXtBlock(6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.block(self.stem(x)).mean((-2, -1)))


class Mamba(nn.Module):
    """A selective scan, unrolled over the steps."""

    def __init__(self):
        super().__init__()
        d, n = 4, 3
        self.in_proj = nn.Linear(4, 2 * d, bias=False)
        self.conv1d = nn.Conv1d(d, d, 3, groups=d, padding=2)
        self.x_proj = nn.Linear(d, 1 + 2 * n, bias=False)
        self.dt_proj = nn.Linear(1, d)
        self.A_log = nn.Parameter(torch.log(torch.arange(1, n + 1).float().repeat(d, 1)))
        self.D = nn.Parameter(torch.ones(d))
        self.out_proj = nn.Linear(d, 4, bias=False)
        self.n = n

    def forward(self, x):
        length = x.shape[1]
        u, z = self.in_proj(x).chunk(2, -1)
        u = functional.silu(self.conv1d(u.transpose(1, 2))[..., :length].transpose(1, 2))
        dt, b, c = self.x_proj(u).split([1, self.n, self.n], -1)
        dt = functional.softplus(self.dt_proj(dt))
        a = -torch.exp(self.A_log)
        state = torch.zeros(x.shape[0], u.shape[2], self.n)
        rows = []
        for t in range(length):
            state = torch.exp(dt[:, t, :, None] * a) * state + dt[:, t, :, None] * b[:, t, None] * u[:, t, :, None]
            rows.append((state * c[:, t, None]).sum(-1))
        y = torch.stack(rows, 1) + u * self.D
        return self.out_proj(y * functional.silu(z))


class MoE(nn.Module):
    """Experts in one tensor, and a router."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(4, 3, bias=False)
        self.w1 = nn.Parameter(torch.randn(3, 4, 6) * 0.3)
        self.b1 = nn.Parameter(torch.zeros(3, 1, 6))
        self.w2 = nn.Parameter(torch.randn(3, 6, 4) * 0.3)
        self.b2 = nn.Parameter(torch.zeros(3, 1, 4))

    def forward(self, x):
        share = self.gate(x).softmax(-1)
        y = torch.relu(torch.einsum("bi,eij->ebj", x, self.w1) + self.b1)
        y = torch.bmm(y, self.w2) + self.b2
        return torch.einsum("be,ebj->bj", share, y)


class Experts(nn.Module):
    """Experts that are layers, with a weight each for a token."""

    def __init__(self):
        super().__init__()
        self.router = nn.Linear(4, 2)
        self.experts = nn.ModuleList([nn.Sequential(nn.Linear(4, 5), nn.SiLU(), nn.Linear(5, 4)) for _ in range(2)])

    def forward(self, x):
        share = self.router(x).softmax(-1)
        return sum(share[..., i : i + 1] * expert(x) for i, expert in enumerate(self.experts))


class Swin(nn.Module):
    """Attention in windows with a table of relative positions, and a mask of shifted windows."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 4)
        self.attn = SelfAttention(4, 2)
        self.relative_position_bias_table = nn.Parameter(torch.randn(9, 2) * 0.02)
        at = torch.stack(torch.meshgrid(torch.arange(2), torch.arange(2), indexing="ij")).flatten(1)
        offset = (at[:, :, None] - at[:, None]).permute(1, 2, 0) + 1
        self.register_buffer("relative_position_index", offset[..., 0] * 3 + offset[..., 1])
        self.register_buffer("attn_mask", torch.where(torch.rand(1, 1, 4, 4) > 0.5, -100.0, 0.0))
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        table = self.relative_position_bias_table[self.relative_position_index.view(-1)]
        bias = table.view(4, 4, 2).permute(2, 0, 1).contiguous().unsqueeze(0) + self.attn_mask
        return self.head(self.norm(self.attn(self.embed(x), bias)))


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.word_embeddings = nn.Embedding(11, 8)
        self.position_embeddings = nn.Embedding(6, 8)
        self.token_type_embeddings = nn.Embedding(2, 8)
        self.LayerNorm = nn.LayerNorm(8, eps=1e-12)
        self.register_buffer("position_ids", torch.arange(6).expand(1, -1))
        self.encoder = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, activation="gelu", batch_first=True)
        self.pooler = nn.Linear(8, 8)
        self.classifier = nn.Linear(8, 2)

    def forward(self, x):
        length = x.shape[1]
        types = torch.zeros_like(x)
        x = self.word_embeddings(x) + self.position_embeddings(self.position_ids[:, :length]) + self.token_type_embeddings(types)
        x = self.encoder(self.LayerNorm(x))
        return self.classifier(torch.tanh(self.pooler(x[:, 0])))


class GPT(nn.Module):
    """The logits are products by the table of tokens."""

    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(11, 8)
        self.wpe = nn.Embedding(6, 8)
        self.ln_1 = nn.LayerNorm(8)
        self.c_attn = nn.Linear(8, 24)
        self.c_proj = nn.Linear(8, 8)
        self.ln_2 = nn.LayerNorm(8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(approximate="tanh"), nn.Linear(16, 8))
        self.register_buffer("bias", torch.tril(torch.ones(6, 6)).view(1, 1, 6, 6))
        self.ln_f = nn.LayerNorm(8)

    def forward(self, ids):
        n = ids.shape[1]
        x = self.wte(ids) + self.wpe(torch.arange(n))
        q, k, v = self.c_attn(self.ln_1(x)).split(8, 2)
        q, k, v = (each.view(-1, n, 2, 4).transpose(1, 2) for each in (q, k, v))
        scores = q @ k.transpose(-2, -1) / math.sqrt(4)
        scores = scores.masked_fill(self.bias[:, :, :n, :n] == 0, float("-inf")).softmax(-1)
        x = x + self.c_proj((scores @ v).transpose(1, 2).reshape(-1, n, 8))
        x = x + self.mlp(self.ln_2(x))
        return functional.linear(self.ln_f(x), self.wte.weight)


class RMSNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class Llama(nn.Module):
    """Rotary positions are buffers, its norm is RMSNorm."""

    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(11, 8)
        self.input_layernorm = RMSNorm(8)
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(8, 8, bias=False) for _ in range(4))
        self.post_attention_layernorm = RMSNorm(8)
        self.gate_proj, self.up_proj = nn.Linear(8, 12, bias=False), nn.Linear(8, 12, bias=False)
        self.down_proj = nn.Linear(12, 8, bias=False)
        self.norm = RMSNorm(8)
        self.lm_head = nn.Linear(8, 11, bias=False)
        angle = torch.arange(5).float()[:, None] * (10000 ** -(torch.arange(0, 4, 2).float() / 4))
        self.register_buffer("cos_cached", torch.cat([angle, angle], -1).cos())
        self.register_buffer("sin_cached", torch.cat([angle, angle], -1).sin())

    def turned(self, x):
        a, b = x.chunk(2, -1)
        return x * self.cos_cached + torch.cat([-b, a], -1) * self.sin_cached

    def forward(self, ids):
        x = self.embed_tokens(ids)
        y = self.input_layernorm(x)
        split = lambda each: each.view(-1, 5, 2, 4).transpose(1, 2)
        q, k, v = self.turned(split(self.q_proj(y))), self.turned(split(self.k_proj(y))), split(self.v_proj(y))
        mask = torch.triu(torch.full((5, 5), float("-inf")), 1)
        seen = (q @ k.transpose(-2, -1) / 2 + mask).softmax(-1) @ v
        x = x + self.o_proj(seen.transpose(1, 2).reshape(-1, 5, 8))
        y = self.post_attention_layernorm(x)
        x = x + self.down_proj(functional.silu(self.gate_proj(y)) * self.up_proj(y))
        return self.lm_head(self.norm(x))


class T5(nn.Module):
    """A bias for each distance, from a table."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Embedding(11, 8)
        self.layer_norm = RMSNorm(8)
        self.q, self.k, self.v, self.o = (nn.Linear(8, 8, bias=False) for _ in range(4))
        self.relative_attention_bias = nn.Embedding(9, 2)
        self.wi = nn.Linear(8, 12, bias=False)
        self.wo = nn.Linear(12, 8, bias=False)

    def forward(self, ids):
        x = self.shared(ids)
        y = self.layer_norm(x)
        split = lambda each: each.view(-1, 5, 2, 4).transpose(1, 2)
        at = torch.arange(5)
        bias = self.relative_attention_bias(at[None] - at[:, None] + 4).permute(2, 0, 1).unsqueeze(0)
        seen = (split(self.q(y)) @ split(self.k(y)).transpose(-2, -1) + bias).softmax(-1) @ split(self.v(y))
        x = x + self.o(seen.transpose(1, 2).reshape(-1, 5, 8))
        return self.wo(torch.relu(self.wi(x))) * 8**-0.5


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.rnn = kind(3, 4, batch_first=True, **options)
        self.head = nn.Linear(4 * (2 if options.get("bidirectional") else 1), 1)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


class LoRA(nn.Module):
    """A frozen matrix and one of low rank beside it, as a sum: W + B A · 8."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(6, 4) * 0.3)
        self.lora_A = nn.Parameter(torch.randn(2, 4) * 0.3)
        self.lora_B = nn.Parameter(torch.randn(6, 2) * 0.1)
        self.bias = nn.Parameter(torch.zeros(6))

    def forward(self, x):
        return functional.linear(x, self.weight + self.lora_B @ self.lora_A * 8, self.bias)


class LoRALayers(nn.Module):
    """The same as two layers in a row beside another one, as peft writes it."""

    def __init__(self):
        super().__init__()
        self.base_layer = nn.Linear(4, 6)
        self.lora_A = nn.Linear(4, 2, bias=False)
        self.lora_B = nn.Linear(2, 6, bias=False)
        self.scaling = 4.0
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        return self.out(torch.relu(self.base_layer(x) + self.lora_B(self.lora_A(x)) * self.scaling))


class StandardisedConv(nn.Conv2d):
    """w / √(mean w² + 10⁻⁵)"""

    def forward(self, x):
        w = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        w = w / torch.sqrt((w**2).mean((1, 2, 3), keepdim=True) + 1e-5)
        return functional.conv2d(x, w, self.bias, padding=1)


class WeightStandardised(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = StandardisedConv(2, 4, 3)
        self.out = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        return self.out(torch.relu(self.conv(x)))


class Squared(nn.Module):
    """x (w²)ᵀ: a layer whose weights are positive."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 6))

    def forward(self, x):
        return x @ (self.weight**2).T


class Perceiver(nn.Module):
    """Latents that are learned look at the inputs."""

    def __init__(self):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(3, 8))
        self.norm_latents = nn.LayerNorm(8)
        self.norm = nn.LayerNorm(8)
        self.to_q = nn.Linear(8, 8, bias=False)
        self.to_kv = nn.Linear(8, 16, bias=False)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        q = self.to_q(self.norm_latents(self.latents))
        k, v = self.to_kv(self.norm(x)).chunk(2, -1)
        return self.out((q @ k.transpose(-2, -1) * 8**-0.5).softmax(-1) @ v)


class DETR(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 8, 2, stride=2)
        self.query_embed = nn.Embedding(3, 8)
        self.row_embed = nn.Parameter(torch.rand(2, 4))
        self.col_embed = nn.Parameter(torch.rand(2, 4))
        self.multihead_attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.class_embed = nn.Linear(8, 4)
        self.bbox_embed = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4))

    def forward(self, x):
        h = self.backbone(x)
        pos = torch.cat([self.col_embed[None].repeat(2, 1, 1), self.row_embed[:, None].repeat(1, 2, 1)], -1).flatten(0, 1)
        memory = pos + h.flatten(2).transpose(1, 2)
        queries = self.query_embed.weight.unsqueeze(0).repeat(x.shape[0], 1, 1)
        y = self.norm(queries + self.multihead_attn(queries, memory, memory, need_weights=False)[0])
        return torch.cat([self.class_embed(y), self.bbox_embed(y).sigmoid()], -1)


class QAT(nn.Module):
    """Fake quantisation of a weight, whose scale is a buffer."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(16, 3)
        self.register_buffer("scale", torch.tensor(0.004))
        self.register_buffer("zero_point", torch.tensor(0, dtype=torch.int32))

    def forward(self, x):
        w = torch.fake_quantize_per_tensor_affine(self.conv.weight, self.scale, self.zero_point, -128, 127)
        x = torch.relu(functional.conv2d(x, w, self.conv.bias))
        x = torch.fake_quantize_per_tensor_affine(x, 0.02, 0, 0, 255)
        return self.fc(x.flatten(1))


class QATChannels(nn.Module):
    """Fake quantisation by channel."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.register_buffer("scale", torch.tensor([0.004, 0.005, 0.006]))
        self.register_buffer("zero_point", torch.zeros(3, dtype=torch.int32))

    def forward(self, x):
        w = torch.fake_quantize_per_channel_affine(self.fc.weight, self.scale, self.zero_point, 0, -128, 127)
        return functional.linear(x, w, self.fc.bias)


class WeightNorm(nn.Module):
    """A temporal network: dilated convolutions whose weights are a direction and a length."""

    def __init__(self):
        super().__init__()
        self.conv1 = parametrizations.weight_norm(nn.Conv1d(2, 4, 2, dilation=1))
        self.conv2 = parametrizations.weight_norm(nn.Conv1d(4, 4, 2, dilation=2))
        self.downsample = nn.Conv1d(2, 4, 1)
        self.linear = nn.Linear(4, 1)

    def forward(self, x):
        y = torch.relu(self.conv2(torch.relu(self.conv1(x))))
        return self.linear(torch.relu(y + self.downsample(x)[..., -y.shape[-1] :])[..., -1])


class SpectralNorm(nn.Module):
    """A discriminator of a GAN: its weights over their greatest singular value."""

    def __init__(self):
        super().__init__()
        self.conv = nn.utils.spectral_norm(nn.Conv2d(1, 4, 3))
        self.fc = nn.utils.spectral_norm(nn.Linear(16, 1))

    def forward(self, x):
        return self.fc(functional.leaky_relu(self.conv(x), 0.2).flatten(1))


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3)
        self.gn = nn.GroupNorm(2, 4)
        self.mid = nn.Conv2d(4, 4, 1)
        self.inorm = nn.InstanceNorm2d(4, affine=True)
        self.last = nn.Conv2d(4, 2, 1)
        self.plain = nn.GroupNorm(1, 2, affine=False)

    def forward(self, x):
        return self.plain(self.last(self.inorm(self.mid(functional.silu(self.gn(self.conv(x)))))))


class PReLUs(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 6)
        self.act1 = nn.PReLU()
        self.fc2 = nn.Linear(6, 6)
        self.act2 = nn.PReLU(6)
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        return self.out(self.act2(self.fc2(self.act1(self.fc1(x)))))


class Recommender(nn.Module):
    """Factorisation of users and items, with biases."""

    def __init__(self):
        super().__init__()
        self.user_embedding = nn.Embedding(7, 4)
        self.item_embedding = nn.Embedding(7, 4)
        self.user_bias = nn.Embedding(7, 1)
        self.item_bias = nn.Embedding(7, 1)
        self.global_bias = nn.Parameter(torch.zeros(1))

    def forward(self, pairs):
        u, i = pairs[:, 0], pairs[:, 1]
        dot = (self.user_embedding(u) * self.item_embedding(i)).sum(-1)
        return dot + self.user_bias(u).squeeze(-1) + self.item_bias(i).squeeze(-1) + self.global_bias


class DLRM(nn.Module):
    """Tables and products of all pairs."""

    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(7, 4) for _ in range(2)])
        self.bottom = nn.Sequential(nn.Linear(1, 4), nn.ReLU())
        self.top = nn.Sequential(nn.Linear(13, 4), nn.ReLU(), nn.Linear(4, 1))

    def forward(self, ids):
        rows = [self.bottom(ids[:, :1].float())] + [table(ids[:, i]) for i, table in enumerate(self.tables)]
        all = torch.stack(rows, 1)
        return self.top(torch.cat([rows[0], (all @ all.transpose(1, 2)).flatten(1)], 1)).sigmoid()


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(6, 4)
        self.mu, self.logvar = nn.Linear(4, 2), nn.Linear(4, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 4), nn.ELU(), nn.Linear(4, 6))

    def forward(self, x):
        h = torch.relu(self.encoder(x))
        return self.decoder(self.mu(h) + torch.exp(0.5 * self.logvar(h)) * 0.5)


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 3, 3, 2, 1), nn.LeakyReLU(), nn.Conv2d(3, 4, 3, 2, 1))
        self.decoder = nn.Sequential(nn.ConvTranspose2d(4, 3, 2, 2), nn.Hardswish(), nn.ConvTranspose2d(3, 1, 2, 2), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


class MobileNet(nn.Module):
    """Inverted residual with squeeze and excitation."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(3, 6, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU6())
        self.depthwise = nn.Sequential(nn.Conv2d(6, 6, 3, 1, 1, groups=6, bias=False), nn.BatchNorm2d(6), nn.Hardswish())
        self.fc1, self.fc2 = nn.Conv2d(6, 2, 1), nn.Conv2d(2, 6, 1)
        self.project = nn.Sequential(nn.Conv2d(6, 3, 1, bias=False), nn.BatchNorm2d(3))
        self.classifier = nn.Linear(3, 2)

    def forward(self, x):
        y = self.depthwise(self.expand(x))
        y = y * functional.hardsigmoid(self.fc2(torch.relu(self.fc1(functional.adaptive_avg_pool2d(y, 1)))))
        return self.classifier((x + self.project(y)).mean((2, 3)))


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(3), nn.Conv2d(3, 2, 3, padding=1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(5), nn.Conv2d(5, 2, 3, padding=1, bias=False)
        self.classifier = nn.Linear(7, 2)

    def forward(self, x):
        y = torch.cat([x, self.conv1(torch.relu(self.norm1(x)))], 1)
        y = torch.cat([y, self.conv2(torch.relu(self.norm2(y)))], 1)
        return self.classifier(y.mean((2, 3)))


class WaveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = nn.Conv1d(1, 4, 1)
        self.filters = nn.ModuleList([nn.Conv1d(4, 4, 2, dilation=2**i) for i in range(2)])
        self.gates = nn.ModuleList([nn.Conv1d(4, 4, 2, dilation=2**i) for i in range(2)])
        self.skips = nn.ModuleList([nn.Conv1d(4, 4, 1) for _ in range(2)])
        self.end = nn.Conv1d(4, 2, 1)

    def forward(self, x):
        x, skip = self.start(x), 0
        for filter, gate, out in zip(self.filters, self.gates, self.skips):
            y = torch.tanh(filter(x)) * torch.sigmoid(gate(x))
            skip = skip + out(y)[..., -4:]
            x = x[..., -y.shape[-1] :] + y
        return self.end(torch.relu(skip))


class CLIP(nn.Module):
    """Images and texts: projections, a temperature that is learned, positions and a class embedding."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 2, stride=2, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(8))
        self.positional_embedding = nn.Parameter(torch.randn(5, 8))
        self.ln_post = nn.LayerNorm(8)
        self.visual_projection = nn.Parameter(torch.randn(8, 4))
        self.text_features = nn.Linear(8, 4, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(2.6))

    def forward(self, x):
        y = self.conv1(x).flatten(2).permute(0, 2, 1)
        y = torch.cat([self.class_embedding.expand(y.shape[0], 1, -1), y], 1) + self.positional_embedding
        image = self.ln_post(y[:, 0]) @ self.visual_projection
        text = self.text_features(y.mean(1))
        image, text = image / image.norm(dim=-1, keepdim=True), text / text.norm(dim=-1, keepdim=True)
        return self.logit_scale.exp() * image @ text.t()


class GCN(nn.Module):
    """Layers of a graph: an adjacency that is given, and attention of its edges."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4, bias=False)
        self.att_src = nn.Parameter(torch.randn(1, 4))
        self.att_dst = nn.Parameter(torch.randn(1, 4))
        self.bias = nn.Parameter(torch.zeros(4))
        self.register_buffer("adjacency", (torch.rand(5, 5) > 0.4).float() + torch.eye(5))
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        h = self.lin(x)
        scores = (h * self.att_src).sum(-1)[:, None] + (h * self.att_dst).sum(-1)[None]
        scores = functional.leaky_relu(scores, 0.2).masked_fill(self.adjacency == 0, -1e9)
        return self.out(torch.relu(scores.softmax(-1) @ h + self.bias))


class Siren(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 6), nn.Linear(6, 6)])
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sin(30.0 * layer(x))
        return self.out(x)


class NeRF(nn.Module):
    """Frequencies of the positions are a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("freq_bands", 2.0 ** torch.arange(3))
        self.layer = nn.Linear(21, 6)
        self.sigma = nn.Linear(6, 1)
        self.rgb = nn.Linear(6, 3)

    def forward(self, x):
        angles = (x[..., None] * self.freq_bands).flatten(-2)
        h = torch.relu(self.layer(torch.cat([x, angles.sin(), angles.cos()], -1)))
        return torch.cat([self.rgb(h).sigmoid(), functional.softplus(self.sigma(h))], -1)


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(4), nn.LayerNorm(4)
        self.mlp_tokens = nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.Linear(6, 5))
        self.mlp_channels = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.mlp_channels(self.norm2(x))
        return self.head(x.mean(1))


class ResMLP(nn.Module):
    """Affine layers in the place of norms."""

    class Affine(nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.alpha = nn.Parameter(torch.ones(1, 1, dim))
            self.beta = nn.Parameter(torch.zeros(1, 1, dim))

        def forward(self, x):
            return torch.addcmul(self.beta, self.alpha, x)

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = ResMLP.Affine(4), ResMLP.Affine(4)
        self.attn = nn.Linear(5, 5)
        self.mlp = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))
        self.gamma_1 = nn.Parameter(1e-1 * torch.ones(4))
        self.gamma_2 = nn.Parameter(1e-1 * torch.ones(4))

    def forward(self, x):
        x = x + self.gamma_1 * self.attn(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.gamma_2 * self.mlp(self.norm2(x))


class RBF(nn.Module):
    """Centres and widths."""

    def __init__(self):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(5, 3))
        self.log_sigmas = nn.Parameter(torch.zeros(5))
        self.linear = nn.Linear(5, 2)

    def forward(self, x):
        d = (x[:, None] - self.centers).pow(2).sum(-1).sqrt() / torch.exp(self.log_sigmas)
        return self.linear(torch.exp(-(d**2)))


class MixtureDensity(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(1, 5)
        self.pi, self.mu, self.sigma = (nn.Linear(5, 3) for _ in range(3))

    def forward(self, x):
        h = torch.tanh(self.hidden(x))
        return torch.cat([self.pi(h).softmax(-1), self.mu(h), functional.elu(self.sigma(h)) + 1 + 1e-6], -1)


class BilinearPairs(nn.Module):
    """The exporter does not write nn.Bilinear."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 3, 3))
        self.bias = nn.Parameter(torch.zeros(2))
        self.out = nn.Linear(2, 1)

    def forward(self, x):
        return self.out(torch.tanh(torch.einsum("bi,oij,bj->bo", x, self.weight, x.flip(-1)) + self.bias))


class Bahdanau(nn.Module):
    """Additive attention over the states of a GRU."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True)
        self.W = nn.Linear(4, 4, bias=False)
        self.U = nn.Linear(4, 4)
        self.v = nn.Parameter(torch.randn(4))
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        states, last = self.gru(x)
        scores = torch.tanh(self.W(states) + self.U(last.transpose(0, 1))) @ self.v
        return self.out((scores.softmax(-1)[..., None] * states).sum(1))


class FiLM(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.bn = nn.BatchNorm2d(4, affine=False)
        self.film = nn.Linear(4, 8)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        y = self.bn(self.conv(x))
        gamma, beta = self.film(y.mean((2, 3))).chunk(2, -1)
        return self.out(torch.relu((1 + gamma)[..., None, None] * y + beta[..., None, None]).mean((2, 3)))


class NeuralODE(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 3))

    def forward(self, x):
        for _ in range(3):
            k1 = self.f(x)
            x = x + 0.1 * (k1 + 3 * self.f(x + 0.0667 * k1)) / 4
        return x


class Highway(nn.Module):
    def __init__(self):
        super().__init__()
        self.h, self.t = nn.Linear(4, 4), nn.Linear(4, 4)
        self.out = nn.Linear(4, 1, bias=False)

    def forward(self, x):
        t = self.t(x).sigmoid()
        return self.out(torch.relu(self.h(x)) * t + x * (1 - t))


class ReZero(nn.Module):
    """Residual branches with one number each that is learned."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 4), nn.Linear(4, 4)
        self.resweight = nn.Parameter(torch.tensor([0.1]))
        self.alpha = nn.Parameter(torch.tensor(0.2))

    def forward(self, x):
        x = x + self.resweight * torch.relu(self.fc1(x))
        return x + self.alpha * torch.relu(self.fc2(x))


class StyleGAN(nn.Module):
    """Weights that are scaled while it runs, modulated and demodulated, with noise from a buffer."""

    def __init__(self):
        super().__init__()
        self.const = nn.Parameter(torch.randn(1, 4, 3, 3))
        self.affine = nn.Linear(3, 4)
        self.weight = nn.Parameter(torch.randn(4, 4, 3, 3))
        self.bias = nn.Parameter(torch.zeros(4))
        self.register_buffer("noise_const", torch.randn(3, 3))
        self.noise_strength = nn.Parameter(torch.tensor(0.1))
        self.to_rgb = nn.Conv2d(4, 3, 1)

    def forward(self, z):
        style = self.affine(z)[0]
        w = self.weight * (1 / math.sqrt(36)) * style[None, :, None, None]
        w = w * torch.rsqrt((w**2).sum((1, 2, 3), keepdim=True) + 1e-8)
        x = functional.conv2d(self.const, w, padding=1) + self.noise_const * self.noise_strength
        return self.to_rgb(functional.leaky_relu(x + self.bias[:, None, None], 0.2))


class Sinusoids(nn.Module):
    """The positions of "Attention is all you need", which are a buffer, and a decoder."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 8)
        at = torch.arange(5)[:, None] * torch.exp(torch.arange(0, 8, 2) * (-math.log(10000.0) / 8))
        pe = torch.zeros(1, 5, 8)
        pe[0, :, 0::2], pe[0, :, 1::2] = at.sin(), at.cos()
        self.register_buffer("pe", pe)
        self.layer = nn.TransformerDecoderLayer(8, 2, 12, dropout=0.0, batch_first=True)
        self.fc = nn.Linear(8, 11)

    def forward(self, ids):
        x = self.embedding(ids) * math.sqrt(8) + self.pe[:, : ids.shape[1]]
        mask = torch.triu(torch.full((5, 5), float("-inf")), 1)
        return self.fc(self.layer(x, x, tgt_mask=mask))


class Conformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.pointwise = nn.Conv1d(4, 8, 1)
        self.depthwise = nn.Conv1d(4, 4, 3, padding=1, groups=4)
        self.batch_norm = nn.BatchNorm1d(4)
        self.ff = nn.Linear(4, 4)
        self.pos_bias_u = nn.Parameter(torch.randn(4))

    def forward(self, x):
        x = x + 0.5 * self.ff(self.norm(x) + self.pos_bias_u)
        y = functional.glu(self.pointwise(x.transpose(1, 2)), 1)
        return functional.silu(self.batch_norm(self.depthwise(y)))


class PointNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv1d(3, 4, 1), nn.BatchNorm1d(4)
        self.fc = nn.Linear(4, 9)
        self.register_buffer("eye", torch.eye(3).flatten())
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        turn = (self.fc(torch.relu(self.bn1(self.conv1(x))).amax(2)) + self.eye).view(-1, 3, 3)
        x = torch.bmm(x.transpose(1, 2), turn).transpose(1, 2)
        return self.out(torch.relu(self.conv1(x)).amax(2))


class Prompted(nn.Module):
    """Prompts that are learned before the tokens of a text."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 4)
        self.prompt_embeddings = nn.Parameter(torch.randn(2, 4))
        self.attn = SelfAttention(4, 2)
        self.temperature = nn.Parameter(torch.ones(1))

    def forward(self, ids):
        x = torch.cat([self.prompt_embeddings.expand(ids.shape[0], -1, -1), self.embed(ids)], 1)
        return self.attn(x) / self.temperature


class MaskedAutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 4)
        self.mask_token = nn.Parameter(torch.randn(1, 1, 4))
        self.decoder_pos_embed = nn.Parameter(torch.randn(1, 6, 4))
        self.block = ViTBlock(4)
        self.decoder_pred = nn.Linear(4, 3)

    def forward(self, x):
        y = torch.cat([self.embed(x), self.mask_token.repeat(x.shape[0], 2, 1)], 1)
        return self.decoder_pred(self.block(y + self.decoder_pos_embed))


class KAN(nn.Module):
    """Splines on edges: their grid is a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("grid", torch.linspace(-1, 1, 5))
        self.coef = nn.Parameter(torch.randn(3, 2, 5) * 0.3)
        self.base_weight = nn.Parameter(torch.randn(2, 3))

    def forward(self, x):
        basis = torch.exp(-(((x[..., None] - self.grid) / 0.5) ** 2))
        return functional.silu(x) @ self.base_weight.T + torch.einsum("big,iog->bo", basis, self.coef)


class Pruned(nn.Module):
    """A weight with a mask, as torch.nn.utils.prune leaves it."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 6)
        prune.random_unstructured(self.fc, "weight", 0.5)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        return self.out(torch.relu(self.fc(x)))


class Prototypes(nn.Module):
    """Cosine similarity to rows that are learned, over a temperature."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 6)
        self.prototypes = nn.Parameter(torch.randn(3, 6))

    def forward(self, x):
        y = functional.normalize(self.encoder(x), dim=-1)
        return y @ functional.normalize(self.prototypes, dim=-1).T / 0.07


IMAGE, SMALL, ROWS, TOKENS = (2, 3, 4, 4), (2, 1, 6, 6), (3, 4), ("tokens", 2, 5)
FAMILIES = {
    "mlp": (MLP, ROWS),
    "lenet": (LeNet, (2, 1, 8, 8)),
    "resnet": (ResNet, IMAGE),
    "unet": (UNet, (2, 1, 4, 4)),
    "vit": (ViT, (2, 3, 8, 8)),
    "convnext": (ConvNeXt, IMAGE),
    "mamba": (Mamba, (2, 3, 4)),
    "moe": (MoE, ROWS),
    "experts": (Experts, ROWS),
    "swin": (Swin, (2, 4, 3)),
    "bert": (Bert, TOKENS),
    "gpt": (GPT, TOKENS),
    "llama": (Llama, TOKENS),
    "t5": (T5, TOKENS),
    "rnn": (lambda: Recurrent(nn.RNN), (2, 4, 3)),
    "lstm": (lambda: Recurrent(nn.LSTM, bidirectional=True), (2, 4, 3)),
    "gru": (lambda: Recurrent(nn.GRU, num_layers=2), (2, 4, 3)),
    "lora": (LoRA, ROWS),
    "lora layers": (LoRALayers, ROWS),
    "weight standardised": (WeightStandardised, (2, 2, 5, 5)),
    "squared": (Squared, (3, 6)),
    "perceiver": (Perceiver, (2, 5, 8)),
    "detr": (DETR, IMAGE),
    "qat": (QAT, (2, 1, 4, 4)),
    "qat channels": (QATChannels, ROWS),
    "weight norm": (WeightNorm, (2, 2, 6)),
    "spectral norm": (SpectralNorm, (2, 1, 4, 4)),
    "norms": (Norms, (2, 2, 5, 5)),
    "prelu": (PReLUs, ROWS),
    "recommender": (Recommender, ("tokens", 4, 2)),
    "dlrm": (DLRM, ("tokens", 4, 2)),
    "vae": (VAE, (3, 6)),
    "autoencoder": (AutoEncoder, (2, 1, 4, 4)),
    "mobilenet": (MobileNet, IMAGE),
    "densenet": (DenseNet, IMAGE),
    "wavenet": (WaveNet, (2, 1, 7)),
    "clip": (CLIP, IMAGE),
    "gcn": (GCN, (5, 4)),
    "siren": (Siren, (3, 2)),
    "nerf": (NeRF, (4, 3)),
    "mixer": (Mixer, (2, 5, 4)),
    "resmlp": (ResMLP, (2, 5, 4)),
    "rbf": (RBF, (4, 3)),
    "mixture density": (MixtureDensity, (4, 1)),
    "bilinear": (BilinearPairs, (4, 3)),
    "bahdanau": (Bahdanau, (2, 4, 3)),
    "film": (FiLM, SMALL),
    "neural ode": (NeuralODE, (4, 3)),
    "highway": (Highway, ROWS),
    "rezero": (ReZero, ROWS),
    "stylegan": (StyleGAN, (1, 3)),
    "sinusoids": (Sinusoids, TOKENS),
    "conformer": (Conformer, (2, 5, 4)),
    "pointnet": (PointNet, (2, 3, 6)),
    "prompted": (Prompted, TOKENS),
    "masked autoencoder": (MaskedAutoEncoder, (2, 4, 3)),
    "kan": (KAN, (4, 3)),
    "pruned": (Pruned, ROWS),
    "prototypes": (Prototypes, ROWS),
}
