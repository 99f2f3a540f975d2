"""The loop of the usual tutorial, kept as tutorials have it (PyTorch's examples/vae, 2-D latent).

torchvision is not needed: ``TutorialMnist`` does for each item what its MNIST data set and its
ToTensor do (array -> PIL image -> copied array -> tensor, channels first, float, / 255), without
their bookkeeping, so it is if anything the faster one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from vae_core.data import LabelledImages

BATCH_SIZE = 128
LEARNING_RATE = 1e-3


class TutorialMnist(Dataset[tuple[Tensor, int]]):
    """Bytes and labels in memory; every item is converted when it is asked for."""

    def __init__(self, images: LabelledImages) -> None:
        grey = (images.x_ND * 255).round().to(torch.uint8)
        self.data = grey.view(-1, *images.image_shape)
        self.targets = images.label_N

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.data[index].numpy())
        target = int(self.targets[index])
        image = torch.from_numpy(np.array(picture, np.uint8, copy=True))
        image = image.view(picture.size[1], picture.size[0], len(picture.getbands()))
        image = image.permute((2, 0, 1)).contiguous()
        return image.to(dtype=torch.get_default_dtype()).div(255), target


class TutorialVAE(nn.Module):
    """784-400-2-400-784, ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc21 = nn.Linear(400, 2)
        self.fc22 = nn.Linear(400, 2)
        self.fc3 = nn.Linear(2, 400)
        self.fc4 = nn.Linear(400, 784)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu: Tensor, logvar: Tensor) -> Tensor:
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z: Tensor) -> Tensor:
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encode(x.view(-1, 784))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    bce = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


def tutorial_steps(model: TutorialVAE, images: LabelledImages) -> Iterator[None]:
    """Train for ever, epoch after epoch; yields after every step. Seed torch before."""
    loader = DataLoader(TutorialMnist(images), batch_size=BATCH_SIZE, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    model.train()
    while True:
        train_loss = 0.0
        for data, _ in loader:
            optimizer.zero_grad()
            recon_batch, mu, logvar = model(data)
            loss = loss_function(recon_batch, data, mu, logvar)
            loss.backward()
            train_loss += loss.item()
            optimizer.step()
            yield
