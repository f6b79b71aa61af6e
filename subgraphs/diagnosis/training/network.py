"""The residual network that reads one film, and the average of several that is shipped."""

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al., CVPR 2016, figure 2)."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x):
        y = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.shortcut(x) + self.second_norm(self.second(y)))


class FilmNet(nn.Module):
    """64 px film -> two logits, linear in the average of the 16 px and of the 8 px feature maps.

    The head has no hidden layer, so a class activation map (Zhou et al., CVPR 2016) is exact, and
    because it also reads the 16 px maps the map keeps that resolution.
    """

    def __init__(self, width=24):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 5, 2, 2, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.stage1 = Block(width, width, 1)
        self.stage2 = nn.Sequential(Block(width, 2 * width, 2), Block(2 * width, 2 * width, 1))
        self.stage3 = nn.Sequential(Block(2 * width, 4 * width, 2), Block(4 * width, 4 * width, 1))
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(6 * width, 2)

    def stages(self, x):
        """Returns the feature maps at 32, 16 and 8 px of films in 0..1."""
        first = self.stage1(self.stem((x - 0.5) / 0.25))
        second = self.stage2(first)
        return first, second, self.stage3(second)

    def forward(self, x):
        _, second, third = self.stages(x)
        pooled = torch.cat([second.mean((2, 3)), third.mean((2, 3))], 1)
        return self.head(self.dropout(pooled))


def stage_statistics(maps):
    """Mean and standard deviation of every channel of every stage: [N, 2 * channels of all stages].

    Early stages notice texture, late stages notice anatomy; an unfamiliar picture usually
    differs in one of them (see Lee et al., NeurIPS 2018, for distances over several layers).
    """
    statistics = []
    for features in maps:
        mean = features.mean((2, 3))
        variance = (features - mean[:, :, None, None]).square().mean((2, 3))
        statistics += [mean, torch.sqrt(variance + 1e-6)]
    return torch.cat(statistics, 1)


class Ensemble(nn.Module):
    """Members averaged in one graph, with calibration, activation map and distance.

    The buffers are fitted after training (export.py). Until then probabilities are those of the
    plain average and every distance is zero.
    """

    def __init__(self, members, components, centres):
        """`components` principal directions and `centres` cluster means describe familiar films."""
        super().__init__()
        self.members = nn.ModuleList(members)
        width = members[0].stem[0].out_channels
        size = 2 * (width + 2 * width + 4 * width)
        count = len(members)
        self.register_buffer("bias", torch.zeros(()))
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("scales", torch.ones(count, size))
        self.register_buffer("centres", torch.zeros(count, centres, size))
        self.register_buffer("directions", torch.zeros(count, size, components))
        self.register_buffer("precisions", torch.zeros(count))

    def read(self, x):
        """Returns per member: margin [N], activation map [N,1,16,16], embedding, stage statistics."""
        return [_read(member, x) for member in self.members]

    def distance(self, statistics, member):
        """Squared Mahalanobis distance to the nearest centre, [N].

        The covariance is that of a probabilistic principal-component model (Tipping and Bishop,
        1999): full along the first directions, one variance for all others. `directions` are
        scaled so that the second term takes back what the first counted too much.
        """
        distances = []
        for centre in self.centres[member]:
            offset = (statistics - centre) * self.scales[member]
            along = offset @ self.directions[member]
            distances.append(offset.square().sum(1) * self.precisions[member] - along.square().sum(1))
        return torch.stack(distances, 1).amin(1)

    def margin(self, x):
        """Log odds before calibration, [N]."""
        return sum(reading[0] for reading in self.read(x)) / len(self.members)

    def forward(self, x):
        readings = self.read(x)
        count = len(readings)
        margin = sum(reading[0] for reading in readings) / count
        pneumonia = torch.sigmoid((margin + self.bias) / self.temperature)
        probabilities = torch.stack([1 - pneumonia, pneumonia], 1)
        activation = torch.relu(sum(reading[1] for reading in readings) / count)
        cam = F.interpolate(activation, scale_factor=4.0, mode="bilinear", align_corners=False)
        ood = sum(self.distance(reading[3], index) for index, reading in enumerate(readings)) / count
        embedding = torch.cat([reading[2] for reading in readings], 1)
        return probabilities, cam, ood, embedding


def _read(member, x):
    maps = member.stages(x)
    _, second, third = maps
    embedding = torch.cat([second.mean((2, 3)), third.mean((2, 3))], 1)
    weight = member.head.weight[1] - member.head.weight[0]
    offset = member.head.bias[1] - member.head.bias[0]
    fine_weight, coarse_weight = weight.split([second.shape[1], third.shape[1]])
    fine = (second * fine_weight[None, :, None, None]).sum(1, keepdim=True)
    coarse = (third * coarse_weight[None, :, None, None]).sum(1, keepdim=True)
    coarse = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
    return embedding @ weight + offset, fine + coarse, embedding, stage_statistics(maps)
