using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Sources.Files;

/// <summary>The process's limit of open files.</summary>
internal static class DescriptorLimit
{
    private const int OpenFiles = 7;

    /// <summary>The kernel's default limit.</summary>
    private const int Usual = 1024;

    private const int Most = 1 << 20;

    /// <summary>Raises the soft limit to the hard one and returns it.</summary>
    public static int Raise()
    {
        if (LinuxCalls.GetLimit(OpenFiles, out var limit) != 0)
        {
            return Usual;
        }

        var raised = new LinuxCalls.Limit { Soft = limit.Hard, Hard = limit.Hard };
        return (int)Math.Min(LinuxCalls.SetLimit(OpenFiles, raised) == 0 ? limit.Hard : limit.Soft, Most);
    }
}
