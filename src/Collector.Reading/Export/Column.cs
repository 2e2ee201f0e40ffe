using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace Collector.Reading.Export;

/// <summary>A column of the rows that are not written yet, and its cell in the current row.</summary>
internal abstract class Column(DataField type)
{
    public DataField Field => type;

    /// <summary>Its name in JSON.</summary>
    public byte[] Name { get; } = Encoding.UTF8.GetBytes(type.Name);

    /// <summary>Whether few values repeat often.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Whether the cell has a value.</summary>
    public abstract bool HasValue { get; }

    /// <summary>Reads the current value, a container as a whole. False, with nothing read, if it has another type.</summary>
    public abstract bool TrySet(ref Utf8JsonReader reader, ReadOnlySpan<byte> json);

    /// <summary>The cell has no value.</summary>
    public abstract void Clear();

    /// <summary>Adds the cell to the rows. It keeps its value.</summary>
    /// <returns>The memory that it takes, approximately.</returns>
    public abstract int Commit();

    /// <summary>Writes the rows, and forgets them.</summary>
    public abstract Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellation);
}

/// <summary>Text, or the JSON of an object as text. A repeated value is held once.</summary>
internal sealed class TextColumn(string name, bool isJson = false) : Column(new DataField<string>(name, nullable: true))
{
    private readonly List<string?> _rows = [];
    private byte[] _raw = [];
    private int _rawLength;
    private string? _last;
    private string? _value;
    private bool _isNew;

    public override bool HasValue => _value is not null;

    public override bool TrySet(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (isJson ? reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray) : reader.TokenType != JsonTokenType.String)
            return false;
        if (!isJson && reader.ValueIsEscaped)
        {
            Set(reader.GetString()!);
            return true;
        }

        var start = (int)reader.TokenStartIndex;
        if (isJson)
            reader.Skip();
        Set(isJson ? json[start..(int)reader.BytesConsumed] : reader.ValueSpan);
        return true;
    }

    /// <param name="text">UTF-8; other bytes become U+FFFD.</param>
    public void Set(ReadOnlySpan<byte> text)
    {
        if (_last is null || !text.SequenceEqual(_raw.AsSpan(0, _rawLength)))
        {
            if (_raw.Length < text.Length)
                _raw = new byte[text.Length * 2];
            text.CopyTo(_raw);
            (_rawLength, _last, _isNew) = (text.Length, Encoding.UTF8.GetString(text), true);
        }

        _value = _last;
    }

    public void Set(string text) => (_value, _last, _isNew) = (text, null, true);

    public override void Clear() => _value = null;

    public override int Commit()
    {
        _rows.Add(_value);
        var held = IntPtr.Size + (_isNew && _value is not null ? 24 + (_value.Length * sizeof(char)) : 0);
        _isNew &= _value is null;
        return held;
    }

    public override async Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellation)
    {
        await group.WriteAsync(Field, _rows!).ConfigureAwait(false);
        _rows.Clear();
    }
}

/// <summary>Values of a fixed size.</summary>
/// <typeparam name="T">The type that the library writes.</typeparam>
internal abstract class ValueColumn<T>(DataField type) : Column(type)
    where T : struct
{
    private T?[] _rows = new T?[64];
    private int _count;

    public override bool HasValue => Value is not null;

    public T? Value { get; set; }

    public override void Clear() => Value = null;

    public override int Commit()
    {
        if (_count == _rows.Length)
            Array.Resize(ref _rows, 2 * _count);
        _rows[_count++] = Value;
        return System.Runtime.CompilerServices.Unsafe.SizeOf<T?>();
    }

    public override async Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellation)
    {
        await group.WriteAsync<T>(Field, _rows.AsMemory(0, _count), null, null, cancellation).ConfigureAwait(false);
        _count = 0;
    }
}

internal sealed class NumberColumn(string name) : ValueColumn<int>(new DataField<int>(name, nullable: true))
{
    public override bool TrySet(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number))
            return false;
        Value = number;
        return true;
    }
}

internal sealed class FlagColumn(string name) : ValueColumn<bool>(new DataField<bool>(name, nullable: true))
{
    public override bool TrySet(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            return false;
        Value = reader.TokenType == JsonTokenType.True;
        return true;
    }
}

/// <summary>Microseconds in UTC, which every reader of Parquet knows; nanoseconds are read as such by few.</summary>
internal sealed class TimeColumn(string name) : ValueColumn<DateTime>(new DateTimeDataField(name, DateTimeFormat.DateAndTimeMicros, isAdjustedToUTC: true, isNullable: true))
{
    /// <summary>Set from what is known about a line.</summary>
    public override bool TrySet(ref Utf8JsonReader reader, ReadOnlySpan<byte> json) => false;
}
