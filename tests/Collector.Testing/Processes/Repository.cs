namespace Collector.Testing.Processes;

/// <summary>The clone that the tests were built in.</summary>
public static class Repository
{
    /// <summary>Where <c>Collector.sln</c> is.</summary>
    /// <exception cref="DirectoryNotFoundException">The tests do not run below a clone.</exception>
    public static string Root { get; } = Find();

    /// <summary>The path of something in it, given from <see cref="Root"/>.</summary>
    public static string In(string relative) => Path.Combine(Root, relative);

    private static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Collector.sln")))
                return directory.FullName;
        }

        throw new DirectoryNotFoundException($"There is no Collector.sln above {AppContext.BaseDirectory}: run the tests in a clone.");
    }
}
