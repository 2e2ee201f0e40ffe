using System.Text;
using System.Text.RegularExpressions;

namespace Collector.Commands.Converting;

/// <summary>
/// A mapping of the configuration that is being written: its keys in the order in which they are set, then the remarks on what has
/// no counterpart.
/// </summary>
internal sealed partial class Block
{
    /// <summary>A value is a text as it is written, a list of texts, or a <see cref="Block"/>.</summary>
    private readonly List<(string Key, object Value)> entries = [];
    private readonly List<Remark> remarks = [];

    /// <summary>Whether nothing would be written.</summary>
    public bool IsEmpty => remarks.Count == 0 && entries.TrueForAll(e => e.Value is Block { IsEmpty: true });

    /// <summary>All remarks here and below, in the order in which they are written.</summary>
    public IEnumerable<Remark> Remarks => entries.Select(e => e.Value).OfType<Block>().SelectMany(b => b.Remarks).Concat(remarks);

    /// <summary>The mapping under a path of keys with dots; created if it does not exist.</summary>
    public Block At(string path)
    {
        var block = this;
        foreach (var key in path.Split('.'))
        {
            if (block.Find(key) is not Block next)
                block.Put(key, next = new Block());
            block = next;
        }

        return block;
    }

    /// <summary>Sets a value that needs no quotes: a number, a size, a duration, a keyword.</summary>
    public void Set(string key, string plain) => Put(key, plain);

    /// <summary>Sets a text of the other agent; an empty one is not written.</summary>
    public void SetText(string key, string text)
    {
        if (text.Length > 0)
            Put(key, Quoted(text));
    }

    public void SetList(string key, IEnumerable<string> texts) => Put(key, texts.ToList());

    /// <summary>Like <see cref="SetList"/>, but appends to the list.</summary>
    public void AddToList(string key, IEnumerable<string> texts) => Put(key, (Find(key) as List<string> ?? []).Concat(texts).Distinct(StringComparer.Ordinal).ToList());

    /// <summary>A single value as it is written; null: there is none.</summary>
    public string? Text(string key) => Find(key) as string;

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Notes a key without a counterpart that matters: it makes the exit code 1.</summary>
    public void Weigh(Spot at, string text) => Add(new Remark(at, text, IsOfWeight: true));

    /// <summary>Notes something useful to know.</summary>
    public void Note(Spot at, string text) => Add(new Remark(at, text, IsOfWeight: false));

    public void Add(Remark remark)
    {
        if (!remarks.Contains(remark))
            remarks.Add(remark);
    }

    /// <summary>A copy with the same remarks; changing one does not change the other.</summary>
    public Block Copy()
    {
        var copy = new Block();
        copy.entries.AddRange(entries.Select(e => (e.Key, e.Value is Block block ? block.Copy() : e.Value)));
        copy.remarks.AddRange(remarks);
        return copy;
    }

    /// <param name="to">Receives whole lines.</param>
    /// <param name="indentation">Blanks before each line.</param>
    public void Write(StringBuilder to, int indentation)
    {
        var margin = new string(' ', indentation);
        foreach (var (key, value) in entries)
        {
            switch (value)
            {
                case Block { IsEmpty: true }:
                    break;
                case Block { HasKeys: true } block:
                    to.Append($"{margin}{key}:\n");
                    block.Write(to, indentation + 2);
                    break;
                case Block block:
                    // A key without a value would be null.
                    to.Append($"{margin}# {key}:\n");
                    block.Write(to, indentation);
                    break;
                case List<string> texts:
                    to.Append($"{margin}{key}: [{string.Join(", ", texts.Select(Quoted))}]\n");
                    break;
                default:
                    to.Append($"{margin}{key}: {value}\n");
                    break;
            }
        }

        foreach (var remark in remarks)
            to.Append($"{margin}# {remark}\n");
    }

    private bool HasKeys => entries.Exists(e => e.Value is not Block block || block.HasKeys);

    private object? Find(string key) => entries.Find(e => e.Key == key).Value;

    private void Put(string key, object value)
    {
        var at = entries.FindIndex(e => e.Key == key);
        if (at < 0)
            entries.Add((key, value));
        else
            entries[at] = (key, value);
    }

    /// <summary>Quotes where YAML would otherwise read something else than the text.</summary>
    private static string Quoted(string text) =>
        PlainText().IsMatch(text) ? text
        : text.Any(char.IsControl) ? $"\"{string.Concat(text.Select(Escaped))}\""
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Escaped(char c) => c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString();

    /// <summary>
    /// Begins with a letter or a slash, and is not one of YAML's words: a number, true or null would be read as such.
    /// </summary>
    [GeneratedRegex("^(?!(?i:true|false|null|yes|no|on|off|y|n)$)[A-Za-z/][A-Za-z0-9_./-]*$")]
    private static partial Regex PlainText();
}
