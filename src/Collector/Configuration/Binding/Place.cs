namespace Collector.Configuration.Binding;

/// <summary>
/// A place in the configuration while it is read: mistakes found there know their path and line, and a written value gets its
/// variables replaced.
/// </summary>
internal readonly record struct Place
{
    private readonly Reading reading;

    private Place(Reading reading, string path) => (this.reading, Path) = (reading, path);

    /// <summary>Empty at the root.</summary>
    public string Path { get; }

    /// <summary>Whether the file has a line for it.</summary>
    public bool IsWritten => reading.Lines.ContainsKey(Path);

    /// <summary>Whether a mistake was found at this very place, so that its value is not the intended one.</summary>
    public bool IsWrong
    {
        get
        {
            var path = Path;
            return reading.Doubts.Contains(path) || reading.Mistakes.Exists(known => known.Path == path);
        }
    }

    /// <summary>Whether one of these keys below it has a mistake, so that checks across keys make no sense.</summary>
    public bool IsAnyWrong(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (Key(key).IsWrong)
                return true;
        }

        return false;
    }

    public IReadOnlyList<Mistake> Mistakes => reading.Mistakes;

    /// <param name="environment">The value of a variable, or null when it is not set.</param>
    public static Place Root(Func<string, string?> environment) => new(new Reading(environment), "");

    /// <summary>The same place with hidden mistakes and lines: for reading on below a wrong value.</summary>
    public Place Unheard() => new(new Reading(reading.Environment), Path);

    public Place Key(string key) => new(reading, Path.Length == 0 ? key : $"{Path}.{key}");

    public Place Item(int index) => new(reading, $"{Path}[{index}]");

    /// <summary>Notes its line; the first one counts.</summary>
    public Place At(int line)
    {
        reading.Lines.TryAdd(Path, line);
        return this;
    }

    /// <summary>
    /// It is written under another name, which is the mistake: further mistakes of this place would be consequences.
    /// </summary>
    public void Doubt() => reading.Doubts.Add(Path);

    /// <summary>Adds a mistake. Only the first mistake of a place counts: later ones are mostly its consequences.</summary>
    public void Mistake(string problem, string fix)
    {
        if (!IsWrong)
            Mistake(LineOf(Path), problem, fix);
    }

    /// <summary>Adds a mistake that has a line of its own.</summary>
    public void Mistake(int line, string problem, string fix) => reading.Mistakes.Add(new Mistake(Path, line, problem, fix));

    /// <summary>A variable of the environment; empty when it is not set.</summary>
    public string Variable(string name) => reading.Environment(name) ?? "";

    /// <summary>The text with its variables replaced; null, and a mistake, when that is not possible.</summary>
    public string? Replace(string text)
    {
        if (Variables.TryReplace(text, reading.Environment, out var replaced, out var problem, out var fix))
            return replaced;
        Mistake(problem, fix);
        return null;
    }

    /// <summary>The line of the place or, if it is not in the file, of the nearest one around it.</summary>
    private int LineOf(string path)
    {
        int line;
        while (!reading.Lines.TryGetValue(path, out line) && path.Length > 0)
            path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        return line;
    }

    /// <summary>State that all places of one file share.</summary>
    private sealed record Reading(Func<string, string?> Environment)
    {
        public Dictionary<string, int> Lines { get; } = [];

        public List<Mistake> Mistakes { get; } = [];

        public HashSet<string> Doubts { get; } = [];
    }
}
