using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>The teacher of a run: a checkpoint of its own beside the policy, with the policy's vocabulary.</summary>
internal sealed class RunTeacher : IDisposable
{
    private const string Option = "teacher_model_name_or_path";

    private readonly LoadedModel _loaded;
    private readonly DecoderModel _model;

    private RunTeacher(LoadedModel loaded, DecoderModel model, Teacher teacher) => (_loaded, _model, Teacher) = (loaded, model, teacher);

    public Teacher Teacher { get; }

    /// <summary>Hash of its weights: another teacher is another run.</summary>
    public string Hash => ParameterHash.Of(_loaded.Parameters).ToString("x32");

    /// <param name="folder">Hugging Face folder.</param>
    /// <param name="backend">The policy's.</param>
    /// <param name="policy">What learns.</param>
    /// <param name="tokenizer">The policy's.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="options">How the two are compared.</param>
    /// <exception cref="InputException">The teacher cannot be read, or does not fit the policy.</exception>
    public static RunTeacher Open(string folder, Backend backend, DecoderSpec policy, Tokenizer tokenizer, int maxLength, TeacherOptions options)
    {
        LoadedModel loaded = HfCheckpoint.Load(folder, backend);
        try
        {
            Check(folder, loaded.Spec, policy, tokenizer, maxLength);
            var model = new DecoderModel(loaded.Spec, loaded.Parameters, maxLength);
            return new RunTeacher(loaded, model, new Teacher(model, options));
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        _loaded.Dispose();
    }

    private static void Check(string folder, DecoderSpec teacher, DecoderSpec policy, Tokenizer tokenizer, int maxLength)
    {
        if (teacher.Vocab != policy.Vocab)
        {
            throw new InputException($"{Option}: {folder}: expected the policy's vocabulary of {policy.Vocab}, found {teacher.Vocab}");
        }

        if (teacher.HasLearnedPositions && teacher.MaxPositions < maxLength)
        {
            throw new InputException($"{Option}: {folder}: expected {maxLength} positions, found {teacher.MaxPositions}; a smaller max_length may help");
        }

        Tokenizer other = Tokenizer.Load(folder);
        for (int id = 0; id < policy.Vocab; id++)
        {
            if (other.IdToToken(id) != tokenizer.IdToToken(id))
            {
                throw new InputException(
                    $"{Option}: {folder}: expected the policy's tokens, found '{other.IdToToken(id)}' where it has '{tokenizer.IdToToken(id)}' (id {id})");
            }
        }
    }
}
