using Collector.Testing.Kubernetes;
using Collector.Testing.Mix;

namespace Collector.Testing.Node;

/// <summary>What a <see cref="NodeSimulator"/> does, and how often. Probabilities are per <see cref="NodeSimulator.Step"/>.</summary>
public sealed record NodeOptions
{
    public ulong Seed { get; init; } = 1;

    public int Namespaces { get; init; } = 4;

    public int Pods { get; init; } = 12;

    public int Containers { get; init; } = 30;

    public RuntimeFormat Format { get; init; } = RuntimeFormat.Cri;

    /// <summary>Kubelet's <c>containerLogMaxSize</c> in bytes: a log that is longer when it is looked at is rotated.</summary>
    public int MaxFileBytes { get; init; } = 256 * 1024;

    /// <summary>Kubelet's <c>containerLogMaxFiles</c>; kept to only when <see cref="LossAllowed"/>.</summary>
    public int MaxFiles { get; init; } = 5;

    /// <summary>Deletes what kubelet would delete (excess rotated files, dead runs, pods) without asking whether it was read; the ledger excuses it.</summary>
    public bool LossAllowed { get; init; }

    /// <summary>Containers may die in the middle of a split line.</summary>
    public bool CutRecords { get; init; } = true;

    /// <summary>Compresses older rotated files.</summary>
    public bool Gzip { get; init; } = true;

    /// <summary>A rotation is made to fall between <c>P</c> and <c>F</c> this often.</summary>
    public double SplitRotationChance { get; init; } = 0.3;

    /// <summary>A rotation is undone this often.</summary>
    public double UndoChance { get; init; } = 0.1;

    public double RestartChance { get; init; } = 0.001;

    public double NewPodChance { get; init; }

    /// <summary>Only when <see cref="LossAllowed"/>.</summary>
    public double PodDeletionChance { get; init; }

    /// <summary>The longest run of lines that one container writes in a step.</summary>
    public int BurstLines { get; init; } = 40;

    /// <summary>Where kubelet tells of the pods; null: nowhere.</summary>
    public ApiStore? Api { get; init; }

    /// <summary>Where the times of the lines come from; null: a fixed start, and then by themselves.</summary>
    public TimeProvider? Time { get; init; }
}

/// <summary>What happened on the node so far. Read by other threads than the node's: figures for people, not exact.</summary>
public sealed class NodeStats
{
    public long Lines { get; internal set; }

    public long Bytes { get; internal set; }

    public int Rotations { get; internal set; }

    /// <summary>Rotations with a record's begin in the old file and its end in the new one.</summary>
    public int SplitRotations { get; internal set; }

    public int UndoneRotations { get; internal set; }

    public int Gzips { get; internal set; }

    public int Restarts { get; internal set; }

    public int CutRecords { get; internal set; }

    public int NewPods { get; internal set; }

    public int DeletedFiles { get; internal set; }

    public int DeletedPods { get; internal set; }
}
