namespace Collector.Commands.Converting;

/// <summary>Keys and tokens that the other agent's configuration holds in plain text.</summary>
internal static class Secret
{
    /// <summary>Sets a secret of Azure, whose name is also that of the kind of identity; an empty one is not written.</summary>
    /// <param name="identity">Receives it.</param>
    /// <param name="key">The collector's key.</param>
    /// <param name="at">Its place in the other agent's configuration.</param>
    /// <param name="name">Its key there.</param>
    /// <param name="text">It.</param>
    public static void Set(Block identity, string key, Spot at, string name, string text)
    {
        if (text.Length == 0)
            return;
        identity.Set("type", key);
        SetText(identity, key, at, name, text);
    }

    /// <summary>Sets a secret, and tells how to keep it out of the file; a variable is not in the file.</summary>
    /// <param name="identity">Receives it.</param>
    /// <param name="key">The collector's key.</param>
    /// <param name="at">Its place in the other agent's configuration.</param>
    /// <param name="name">Its key there.</param>
    /// <param name="text">It.</param>
    public static void SetText(Block identity, string key, Spot at, string name, string text)
    {
        identity.SetText(key, text);
        if (text.Length > 0 && !text.StartsWith("${", StringComparison.Ordinal))
            identity.Note(at, $"{name} is in plain text in this configuration; to keep it out, mount a secret, and name its file in {key}File in place of {key}");
    }
}
