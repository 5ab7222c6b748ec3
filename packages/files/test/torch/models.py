"""Eight models written in PyTorch, with what they give and how ten steps of training go.

    /usr/bin/python3 test/torch/models.py    writes NAME.pt and expected.json beside this file

The package of Debian: python3-torch.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

HERE = pathlib.Path(__file__).parent


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
        self.bottom = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(4, 3, 2, stride=2)
        self.out = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        wide = self.down(x)
        narrow = torch.relu(self.bottom(wide))
        return self.out(torch.cat([wide, self.up(narrow)], 1))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(12, 6)
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.tags = nn.Linear(5, 4)

    def forward(self, words):
        return self.tags(self.lstm(self.words(words))[0])


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 4, batch_first=True)
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 1)

    def forward(self, series):
        return self.head(self.norm(self.gru(series)[0][:, -1]))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(11, 8)
        self.places = nn.Parameter(torch.randn(5, 8) * 0.1)
        layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 3)

    def forward(self, tokens):
        return self.head(self.encoder(self.tokens(tokens) + self.places).mean(1))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1 = nn.LayerNorm(8)
        self.attn = nn.MultiheadAttention(8, 2, bias=False, batch_first=True)
        self.ln2 = nn.LayerNorm(8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(approximate="tanh"), nn.Linear(16, 8))

    def forward(self, x):
        normed = self.ln1(x)
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        x = x + self.attn(normed, normed, normed, attn_mask=mask, is_causal=True, need_weights=False)[0]
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(10, 8)
        self.wpe = nn.Embedding(6, 8)
        self.h = nn.ModuleList([Block(), Block()])
        self.ln_f = nn.LayerNorm(8)
        self.lm_head = nn.Linear(8, 10, bias=False)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(6, 8), nn.Tanh())
        self.mean = nn.Linear(8, 2)
        self.log_variance = nn.Linear(8, 2)
        self.decode = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 6))

    def forward(self, x, noise):
        hidden = self.encode(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        return self.decode(mean + noise * torch.exp(log_variance / 2)), mean, log_variance


def cross_entropy(logits, classes):
    return functional.cross_entropy(logits.flatten(0, -2), classes.flatten())


def evidence(results, x):
    decoded, mean, log_variance = results
    divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
    return (decoded - x).square().sum(1).mean() + divergence


def models():
    """Names, modules, inputs, targets and losses."""
    integers = lambda high, *shape: torch.randint(high, shape)
    mlp = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    yield "mlp", mlp, [torch.randn(7, 4)], integers(3, 7), cross_entropy
    cnn = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(36, 3),
    )
    yield "cnn", cnn, [torch.randn(5, 1, 6, 6)], integers(3, 5), cross_entropy
    yield "unet", UNet(), [torch.randn(2, 1, 6, 6)], torch.randn(2, 1, 6, 6), functional.mse_loss
    yield "tagger", Tagger(), [integers(12, 3, 6)], integers(4, 3, 6), cross_entropy
    yield "forecast", Forecast(), [torch.randn(4, 5, 2)], torch.randn(4, 1), functional.mse_loss
    yield "encoder", Encoder(), [integers(11, 4, 5)], integers(3, 4), cross_entropy
    yield "gpt", GPT(), [integers(10, 2, 6)], integers(10, 2, 6), cross_entropy
    x = torch.randn(5, 6)
    yield "vae", VAE(), [x, torch.randn(5, 2)], x, evidence


def told(tensor):
    dtype = "int32" if tensor.dtype == torch.int64 else "float32"
    return {"dtype": dtype, "shape": list(tensor.shape), "values": tensor.flatten().tolist()}


def main():
    torch.manual_seed(3)
    expected = {}
    for name, module, inputs, targets, loss in models():
        # Statistics and biases that are not what they begin with.
        module.train()
        with torch.no_grad():
            module(*inputs)
            for key, value in module.named_parameters():
                value.add_(torch.randn_like(value) * 0.1)
        torch.save(module.state_dict(), HERE / f"{name}.pt")
        module.eval()
        with torch.no_grad():
            results = module(*inputs)
        module.train()
        optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
        losses = []
        for _ in range(10):
            optimizer.zero_grad()
            value = loss(module(*inputs), targets)
            value.backward()
            optimizer.step()
            losses.append(value.item())
        expected[name] = {
            "inputs": [told(each) for each in inputs],
            "targets": told(targets),
            "outputs": [told(each) for each in (results if isinstance(results, tuple) else [results])],
            "losses": losses,
            "names": list(module.state_dict()),
        }
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")


main()
