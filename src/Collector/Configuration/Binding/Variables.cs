using System.Text;

namespace Collector.Configuration.Binding;

/// <summary>
/// Replaces <c>${VAR}</c>, <c>${VAR:-default}</c> and <c>$$</c>; any other dollar stays. Replaced text is not scanned again.
/// </summary>
internal static class Variables
{
    public static bool TryReplace(
        string text, Func<string, string?> environment, out string replaced, out string problem, out string fix)
    {
        var result = new StringBuilder(text.Length);
        (problem, fix) = ("", "");
        for (var i = 0; i < text.Length; i++)
        {
            var next = i + 1 < text.Length ? text[i + 1] : '\0';
            if (text[i] != '$' || next is not ('$' or '{'))
            {
                result.Append(text[i]);
                continue;
            }

            var end = next == '$' ? i + 1 : text.IndexOf('}', i);
            if (end < 0)
                (problem, fix) = ("has ${ without its }", "write ${NAME}, or $${ for the characters themselves");
            else if (next == '$')
                result.Append('$');
            else if (Resolve(text[(i + 2)..end], environment, out problem, out fix) is { } value)
                result.Append(value);

            if (problem.Length > 0)
                break;
            i = end;
        }

        replaced = result.ToString();
        return problem.Length == 0;
    }

    private static string? Resolve(string reference, Func<string, string?> environment, out string problem, out string fix)
    {
        (problem, fix) = ("", "");
        var mark = reference.IndexOf(":-", StringComparison.Ordinal);
        var name = mark < 0 ? reference : reference[..mark];
        if (!IsName(name))
        {
            (problem, fix) = ($"'{name}' is not the name of a variable", "write ${NAME}, or $${ for the characters themselves");
            return null;
        }

        // As in a shell, ":-" also replaces a variable that is set to an empty value.
        var value = environment(name);
        if (mark >= 0)
            return string.IsNullOrEmpty(value) ? reference[(mark + 2)..] : value;
        if (value is null)
            (problem, fix) = ($"the environment variable {name} is not set", $"set it, or write ${{{name}:-default}}");
        return value;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
