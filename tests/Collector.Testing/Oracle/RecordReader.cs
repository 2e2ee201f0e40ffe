using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Collector.Testing.Oracle;

/// <summary>
/// Reads the fields of one JSON record (contract §3) strictly: valid UTF-8, one object a line, no field twice.
/// One reader serves all records; its fields are valid until the next <see cref="TryRead"/>.
/// </summary>
internal sealed class RecordReader
{
    private readonly List<Field> topLevel = [], inKubernetes = [], inLabels = [];

    public RecordReader()
    {
        Log = Add(topLevel, "log");
        Time = Add(topLevel, "time");
        Stream = Add(topLevel, "stream");
        LogType = Add(topLevel, "log_type");
        LogSource = Add(topLevel, "log_source");
        Hostname = Add(topLevel, "hostname");
        Namespace = Add(inKubernetes, "namespace_name");
        Pod = Add(inKubernetes, "pod_name");
        Uid = Add(inKubernetes, "pod_id");
        Container = Add(inKubernetes, "container_name");
        ContainerId = Add(inKubernetes, "docker_id");
        Trace = Add(topLevel, "trace");
        Color = Add(inLabels, "color");
        Tier = Add(inLabels, "tier");
    }

    public Field Log { get; }

    public Field Time { get; }

    public Field Stream { get; }

    public Field LogType { get; }

    public Field LogSource { get; }

    public Field Hostname { get; }

    public Field Namespace { get; }

    public Field Pod { get; }

    public Field Uid { get; }

    public Field Container { get; }

    public Field ContainerId { get; }

    /// <summary>Where a <c>file</c> source's JSON object has its mark.</summary>
    public Field Trace { get; }

    /// <summary>A label of the pod.</summary>
    public Field Color { get; }

    /// <summary>A label of the pod.</summary>
    public Field Tier { get; }

    public bool IsPartial { get; private set; }

    /// <summary>Cut at a size, or not a line of the runtime's format.</summary>
    public bool IsTruncatedOrUnparsed { get; private set; }

    public bool TryRead(ReadOnlySpan<byte> line, out string error)
    {
        foreach (Field field in topLevel) field.Clear();
        foreach (Field field in inKubernetes) field.Clear();
        foreach (Field field in inLabels) field.Clear();
        IsPartial = IsTruncatedOrUnparsed = false;
        error = "not UTF-8";
        if (!Utf8.IsValid(line)) return false;
        try
        {
            return ReadObject(line, out error);
        }
        catch (JsonException e)
        {
            error = $"not JSON: {e.Message}";
            return false;
        }
    }

    private static Field Add(List<Field> level, string name)
    {
        var field = new Field(Encoding.UTF8.GetBytes(name));
        level.Add(field);
        return field;
    }

    private bool ReadObject(ReadOnlySpan<byte> line, out string error)
    {
        error = "not a JSON object";
        var json = new Utf8JsonReader(line);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
        error = "a field that is there twice";
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName) continue;
            List<Field> level = json.CurrentDepth switch { 1 => topLevel, 2 => inKubernetes, _ => inLabels };
            bool goesIn = level == topLevel ? json.ValueTextEquals("kubernetes"u8) : level == inKubernetes && json.ValueTextEquals("labels"u8);
            if (goesIn) json.Read();
            else if (!ReadField(ref json, level)) return false;
        }

        error = "";
        return true;
    }

    private bool ReadField(ref Utf8JsonReader json, List<Field> level)
    {
        Field? field = Find(ref json, level);
        bool partial = level == topLevel && json.ValueTextEquals("partial"u8);
        bool marked = level == topLevel && (json.ValueTextEquals("truncated"u8) || json.ValueTextEquals("unparsed"u8));
        json.Read();
        IsPartial |= partial && json.TokenType == JsonTokenType.True;
        IsTruncatedOrUnparsed |= marked && json.TokenType == JsonTokenType.True;
        if (field is not null && json.TokenType == JsonTokenType.String) return field.TrySet(ref json);
        json.Skip();
        return true;
    }

    private static Field? Find(ref Utf8JsonReader json, List<Field> level)
    {
        foreach (Field field in level)
        {
            if (json.ValueTextEquals(field.Name)) return field;
        }

        return null;
    }

    /// <summary>A string of a record, unescaped.</summary>
    internal sealed class Field(byte[] name)
    {
        private byte[] bytes = new byte[256];
        private int length;

        public ReadOnlySpan<byte> Name => name;

        public bool IsSet { get; private set; }

        public ReadOnlySpan<byte> Value => bytes.AsSpan(0, length);

        public void Clear() => (length, IsSet) = (0, false);

        /// <summary>False when it was set before.</summary>
        public bool TrySet(ref Utf8JsonReader json)
        {
            if (IsSet) return false;
            if (bytes.Length < json.ValueSpan.Length) bytes = new byte[json.ValueSpan.Length * 2];
            length = json.CopyString(bytes);
            return IsSet = true;
        }
    }
}
