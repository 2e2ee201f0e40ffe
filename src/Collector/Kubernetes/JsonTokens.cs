using System.Buffers;
using System.Text.Json;

namespace Collector.Kubernetes;

/// <summary>
/// JSON from a stream, token by token, in one buffer that is as large as the longest token and no larger than
/// <see cref="LongestToken"/>: a list of any length, or a pod of any size, takes no more memory than what is kept of it.
/// Several values may follow one another, as in a watch. What a token says is valid until the next call. Not thread safe;
/// the one who made it disposes it, and the stream.
/// </summary>
internal sealed class JsonTokens(Stream stream) : IDisposable
{
    /// <summary>An API server takes no object beyond 3 MiB (etcd none beyond 1.5 MiB), so nothing within one is longer.</summary>
    private const int LongestToken = 4 << 20;

    private const int FirstBuffer = 16 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private JsonReaderState _state = new(new JsonReaderOptions { AllowMultipleValues = true });
    private int _start;
    private int _end;
    private int _valueAt;
    private int _valueLength;

    public JsonTokenType Type { get; private set; }

    private int Depth { get; set; }

    /// <summary>Reads the next token. False at the end of the stream, be it between two values or within one.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        while (!TryRead())
        {
            if (!await FillAsync(cancellation))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Skips the value that follows the name at hand, or what is left of the array or object just entered.</summary>
    public async ValueTask SkipAsync(CancellationToken cancellation)
    {
        if (Type == JsonTokenType.PropertyName)
        {
            await RequireAsync(cancellation);
        }

        if (Type is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return;
        }

        var depth = Depth;
        while (!TryReadToEnd(depth))
        {
            if (!await FillAsync(cancellation))
            {
                throw Cut();
            }
        }
    }

    /// <summary>The next token, which must be there.</summary>
    public async ValueTask RequireAsync(CancellationToken cancellation)
    {
        if (!await ReadAsync(cancellation))
        {
            throw Cut();
        }
    }

    /// <summary>Enters the object or array that follows. False, with the value skipped, when it is something else: null, mostly.</summary>
    public async ValueTask<bool> EnterAsync(JsonTokenType expected, CancellationToken cancellation)
    {
        await RequireAsync(cancellation);
        if (Type == expected)
        {
            return true;
        }

        await SkipAsync(cancellation);
        return false;
    }

    /// <summary>Moves to the next member of the object, or element of the array, that was entered; false at its end.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        await RequireAsync(cancellation);
        return Type is not (JsonTokenType.EndObject or JsonTokenType.EndArray);
    }

    /// <summary>After a member that was not one of those looked for: its value, unless it was entered in vain and is skipped already.</summary>
    public ValueTask SkipMemberAsync(CancellationToken cancellation) => Type == JsonTokenType.PropertyName ? SkipAsync(cancellation) : ValueTask.CompletedTask;

    /// <summary>The string that follows; null, with the value skipped, when it is something else.</summary>
    public async ValueTask<string?> ReadStringAsync(CancellationToken cancellation)
    {
        await RequireAsync(cancellation);
        if (Type == JsonTokenType.String)
        {
            return Text();
        }

        await SkipAsync(cancellation);
        return null;
    }

    /// <summary>The whole number that follows; 0 when it is something else.</summary>
    public async ValueTask<int> ReadNumberAsync(CancellationToken cancellation)
    {
        await RequireAsync(cancellation);
        if (Type != JsonTokenType.Number)
        {
            await SkipAsync(cancellation);
            return 0;
        }

        return System.Buffers.Text.Utf8Parser.TryParse(_buffer.AsSpan(_valueAt, _valueLength), out int number, out var length) && length == _valueLength ? number : 0;
    }

    public async ValueTask<bool> ReadBooleanAsync(CancellationToken cancellation)
    {
        await RequireAsync(cancellation);
        await SkipAsync(cancellation);
        return Type == JsonTokenType.True;
    }

    /// <summary>Whether the name at hand is this one; an API server escapes none of those that are asked for.</summary>
    public bool Is(ReadOnlySpan<byte> name) => Type == JsonTokenType.PropertyName && _buffer.AsSpan(_valueAt, _valueLength).SequenceEqual(name);

    /// <summary>The name or string at hand.</summary>
    public string Text()
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(_valueAt - 1, _valueLength + 2));
        reader.Read();
        return reader.GetString()!;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static JsonException Cut() => new("the answer was cut off");

    private bool TryRead()
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), isFinalBlock: false, _state);
        var isRead = reader.Read();
        if (isRead)
        {
            var isQuoted = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
            Type = reader.TokenType;
            Depth = reader.CurrentDepth;
            _valueAt = _start + (int)reader.TokenStartIndex + (isQuoted ? 1 : 0);
            _valueLength = reader.ValueSpan.Length;
        }

        Keep(in reader);
        return isRead;
    }

    /// <summary>Reads on until the container of that depth is closed; false when more bytes are needed.</summary>
    private bool TryReadToEnd(int depth)
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), isFinalBlock: false, _state);
        while (reader.Read())
        {
            if (reader.CurrentDepth == depth && reader.TokenType is (JsonTokenType.EndObject or JsonTokenType.EndArray))
            {
                Type = reader.TokenType;
                Keep(in reader);
                return true;
            }
        }

        Keep(in reader);
        return false;
    }

    private void Keep(in Utf8JsonReader reader)
    {
        _start += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (_end == _buffer.Length)
        {
            MakeRoom();
        }

        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += count;
        return count > 0;
    }

    private void MakeRoom()
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        if (rest.Length > _buffer.Length / 2)
        {
            if (rest.Length > LongestToken)
            {
                throw new JsonException($"a value is longer than {LongestToken} bytes");
            }

            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            rest.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            rest.CopyTo(_buffer);
        }

        (_start, _end) = (0, _end - _start);
    }
}
