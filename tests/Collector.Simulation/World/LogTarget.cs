using Collector.Simulation.Agent;
using Collector.Simulation.Oracle;
using Collector.Testing.Files;

namespace Collector.Simulation.World;

/// <summary>Who writes a log, and in which form.</summary>
internal enum TargetKind
{
    File,

    /// <summary>A container by CRI: kubelet's directory and a link.</summary>
    Cri,

    /// <summary>A container by Docker: kubelet's name is a link to the runtime's file.</summary>
    Docker,

    /// <summary>A container whose log is a plain file beside the links.</summary>
    Plain,
}

/// <summary>A line of which the writer has written a part, in a file; with the time of its beginning, after so many steps back of the clock.</summary>
internal sealed record BegunLine(SimulatedInode Inode, int From, byte[] Rest, string Text, int Epoch);

/// <summary>The <c>P</c> lines of a record whose <c>F</c> is not written.</summary>
internal sealed class OpenRun
{
    public List<string> Texts { get; } = [];

    public List<RecordPart> Parts { get; } = [];

    /// <summary>What outputs may have expected of its lines when they were written.</summary>
    public List<Claim[]> Claims { get; } = [];
}

/// <summary>One log: its live file, what it was rotated to, and whose it is.</summary>
internal sealed class LogTarget(string name, TargetKind kind)
{
    private static readonly string[] s_fileNames = ["app.log", "web.log", "db.log"];

    public string Name { get; } = name;

    public TargetKind Kind { get; } = kind;

    public bool IsContainer => Kind != TargetKind.File;

    /// <summary>Its number among those of its sort.</summary>
    public int Index { get; } = name[1] - '0';

    public string Pod => $"pod{Index}";

    public string PodUid => Kind == TargetKind.Plain ? "" : $"uid{Index}";

    public int Restart { get; set; }

    /// <summary>Healthy uptime of the last restart.</summary>
    public TimeSpan? StartedAgainAt { get; set; }

    public string ContainerId => $"{Index}{Restart}".PadRight(12, 'f');

    /// <summary>Kubelet's directory of the container.</summary>
    public string PodDirectory => $"{NodePaths.Pods}/shop_{Pod}_uid{Index}/app";

    public string LinkPath => $"{NodePaths.Containers}/{Pod}_shop_app-{ContainerId}.log";

    public string Directory => Kind switch
    {
        TargetKind.Cri => PodDirectory,
        TargetKind.Docker => $"{NodePaths.Docker}/{ContainerId}",
        TargetKind.Plain => NodePaths.Containers,
        _ => NodePaths.Files,
    };

    public string LiveName => Kind switch
    {
        TargetKind.Cri => $"{Restart}.log",
        TargetKind.Docker => $"{ContainerId}-json.log",
        TargetKind.Plain => $"{Pod}_shop_app-{"a".PadRight(12, 'f')}.log",
        _ => s_fileNames[Index % s_fileNames.Length],
    };

    public string LivePath => $"{Directory}/{LiveName}";

    /// <summary>The file that the writer has open; null before its first line and after its end.</summary>
    public SimulatedInode? Writer { get; set; }

    /// <summary>Paths of what was rotated, oldest first.</summary>
    public List<string> Rotated { get; } = [];

    public int Rotations { get; set; }

    /// <summary>How a container's log is rotated, always: between names of several forms there is no order.</summary>
    public string? Form { get; set; }

    public int NextSequence { get; set; }

    /// <summary>A container's own count of lines, for their times.</summary>
    public int Lines { get; set; }

    /// <summary>A line whose beginning is written; null: none.</summary>
    public BegunLine? Begun { get; set; }

    /// <summary>What was written of records by <c>P</c> lines, by stream.</summary>
    public SortedDictionary<string, OpenRun> Runs { get; } = new(StringComparer.Ordinal);

    public string Label { get; set; } = "blue";

    public bool IsWanted { get; set; } = true;

    public bool IsExcluded { get; set; }

    /// <summary>Healthy uptime of the last change of what is wanted, by output.</summary>
    public TimeSpan[] ChangedAt { get; } = new TimeSpan[2];

    public bool[] HasChanged { get; } = new bool[2];

    /// <summary>Healthy uptime since when the collector can find it; null: it has not written yet.</summary>
    public TimeSpan? FoundSince { get; set; }

    public bool IsDeleted { get; set; }

    public override string ToString() => Name;
}
